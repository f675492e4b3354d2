import { GpuError } from '../gpu-error.js';
import type { GpuMode } from './device.js';

interface Adapters {
  requestAdapter(): Promise<object | null>;
}

const browserGpu = (): Adapters | undefined =>
  (globalThis as { navigator?: { gpu?: Adapters } }).navigator?.gpu;

const inNode = (): boolean => typeof process !== 'undefined' && process.versions?.node !== undefined;

/** Gives Node the WebGPU that browsers have: `navigator.gpu`, from the npm package `webgpu`. */
const provideWebGpu = async (): Promise<void> => {
  if (browserGpu() || !inNode()) return;
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  const navigator = { ...(globalThis as { navigator?: object }).navigator, gpu: create([]) };
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
};

const hasAdapter = async (): Promise<boolean> => {
  try {
    await provideWebGpu();
    return Boolean(await browserGpu()?.requestAdapter());
  } catch {
    return false;
  }
};

/**
 * The backend to run on: the wanted one or none; without a wish WebGPU where there is an adapter, then WebGL 2 in a
 * browser, then the processor.
 * @throws {GpuError} when WebGPU is wanted and there is no adapter
 */
export const chooseMode = async (wanted: GpuMode | undefined): Promise<GpuMode> => {
  if (wanted !== undefined && wanted !== 'webgpu') return wanted;
  if (await hasAdapter()) return 'webgpu';
  if (wanted === 'webgpu') {
    throw new GpuError(
      'There is no WebGPU adapter here. On Linux, install a Vulkan driver and libvulkan1 (VK_DRIVER_FILES names a driver); or take mode "cpu".',
    );
  }
  return inNode() ? 'cpu' : 'webgl2';
};
