import type { BorrowedBuffer } from '@charter/tensor';
import * as gpuJs from 'gpu.js';
import { GpuError } from '../gpu-error.js';

/** The one WebGPU device of gpu.js, and with it of all its runtimes in a page or process. */
export interface WebGpuContext {
  /** A `GPUDevice`. */
  readonly device: object;
}

/** gpu.js's handle of a buffer on WebGPU. */
export interface WebGpuHandle {
  readonly buffer: object;
  readonly context: WebGpuContext;
  /** Its readers. */
  readonly kernel: { readBufferResult(handle: WebGpuHandle): Promise<unknown> };
  toArray(): Promise<unknown>;
  delete(): void;
}

interface HandleSettings extends Pick<WebGpuHandle, 'buffer' | 'context' | 'kernel'> {
  readonly output: readonly number[];
}

/** Exports of gpu.js that its types leave out: the reason why its version is pinned. */
const { WebGPUContext, WebGPUBufferResult } = gpuJs as unknown as {
  readonly WebGPUContext: { acquire(): Promise<WebGpuContext>; destroy(): Promise<void> };
  readonly WebGPUBufferResult: new (settings: HandleSettings) => WebGpuHandle;
};

/** Number of runtimes that compute on a given device. */
const given = new Map<object, number>();

/**
 * @param wanted the `GPUDevice` to compute on; default: the one that gpu.js has, or opens
 * @throws {GpuError} when gpu.js has another one
 */
export const acquireContext = async (wanted?: object): Promise<WebGpuContext> => {
  const context = await (wanted ? acquireOn(wanted) : WebGPUContext.acquire());
  const { device } = context;
  if (wanted && device !== wanted) {
    throw new GpuError(
      'gpu.js computes on another WebGPU device already, and has only one: create the runtime that is given a `device` before other gpu.js runtimes, or dispose of those that were given another.',
    );
  }
  if (wanted || given.has(device)) given.set(device, (given.get(device) ?? 0) + 1);
  return context;
};

/** Called by a runtime that ends: after the last one gpu.js forgets a device that was given, and can take another. */
export const leaveContext = async ({ device }: WebGpuContext): Promise<void> => {
  const others = (given.get(device) ?? 0) - 1;
  if (others > 0) given.set(device, others);
  if (others !== 0) return;
  given.delete(device);
  // It only forgets what it destroys; but this device is its owner's.
  Object.defineProperty(device, 'destroy', { value: () => {}, configurable: true });
  await WebGPUContext.destroy();
  Reflect.deleteProperty(device, 'destroy');
};

/** gpu.js takes no device, but asks the browser for one: it gets this answer. */
const acquireOn = (device: object): Promise<WebGpuContext> => {
  const { gpu } = (globalThis as unknown as { navigator: { gpu: object } }).navigator;
  const { limits, features } = device as Record<'limits' | 'features', unknown>;
  const adapter = { limits, features, requestDevice: async () => device };
  Object.defineProperty(gpu, 'requestAdapter', { value: async () => adapter, configurable: true });
  try {
    // It asks before it returns, so nobody else gets this answer.
    return WebGPUContext.acquire();
  } finally {
    Reflect.deleteProperty(gpu, 'requestAdapter');
  }
};

/** A handle of another engine's buffer, which is released in place of being destroyed. */
export const handleOf = (
  lent: BorrowedBuffer,
  size: number,
  context: WebGpuContext,
  read: (handle: WebGpuHandle) => Promise<unknown>,
): WebGpuHandle => {
  const handle = new WebGPUBufferResult({
    buffer: lent.buffer,
    output: [size],
    context,
    kernel: { readBufferResult: read },
  });
  return Object.assign(handle, { delete: () => void lent.release() });
};

/**
 * The same buffer as an array of single numbers. gpu.js takes no result as an argument whose threads returned several,
 * though it lies in memory as if others had made them.
 */
export const flat = (handle: WebGpuHandle, size: number): WebGpuHandle => {
  const { buffer, context, kernel } = handle;
  const result = new WebGPUBufferResult({ buffer, context, kernel, output: [size] });
  handle.delete();
  return result;
};
