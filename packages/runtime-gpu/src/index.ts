export { createGpuRuntime, type GpuRuntimeOptions } from './create-gpu-runtime.js';
export type { CustomCall, CustomKernel } from './custom-kernel.js';
export type { GpuMode } from './device.js';
export { GpuError } from './gpu-error.js';
