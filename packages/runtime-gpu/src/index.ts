export { createGpuRuntime, type GpuRuntimeOptions } from './create-gpu-runtime.js';
export type { GpuMode } from './device/device.js';
export { GpuError } from './gpu-error.js';
export type { CustomCall, CustomKernel } from './kernels/custom-kernel.js';
