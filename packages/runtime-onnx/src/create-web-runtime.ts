import { type Runtime, zeros } from '@charter/tensor';
import * as ort from 'onnxruntime-web/webgpu';
import { checkDevice } from './devices/check-device.js';
import { InlineChannel } from './host/inline-channel.js';
import type { Ort } from './host/ort.js';
import { OrtHost } from './host/ort-host.js';
import { runtimeOverChannel } from './runtime-over-channel.js';

export interface WebRuntimeOptions {
  /** Default `auto`: WebGPU where there is a GPU for it, else the processor by WebAssembly. */
  readonly device?: 'webgpu' | 'wasm' | 'auto' | undefined;
  /**
   * URL of the folder with ONNX Runtime's `.wasm` and `.mjs` files (`onnxruntime-web/dist`), ending in a slash. Default:
   * beside the script.
   */
  readonly files?: string | undefined;
  /** Threads on the processor; more than one needs a cross-origin isolated page. Default: ONNX Runtime's choice. */
  readonly threads?: number | undefined;
}

/**
 * Runtime on ONNX Runtime in a browser, by `onnxruntime-web`, in the calling thread. Call it in a web worker where the
 * page must stay responsive while the processor computes. Weights are given as bytes.
 *
 * @throws {OnnxError} when the device does not work in this browser
 */
export const createWebRuntime = async ({
  device: wanted = 'auto',
  files,
  threads,
}: WebRuntimeOptions = {}): Promise<Runtime> => {
  // Settings of the page, which ONNX Runtime reads when it starts.
  if (files !== undefined) ort.env.wasm.wasmPaths = files;
  if (threads !== undefined) ort.env.wasm.numThreads = threads;
  const device = wanted === 'auto' ? await bestDevice() : wanted;
  const channel = new InlineChannel(new OrtHost(ort as Ort, device), `onnx-${device}`);
  // WebAssembly has 4 GB for everything.
  const options = { device, prepacks: () => false };
  const runtime = runtimeOverChannel(channel, options);
  if (device !== 'webgpu') return runtime;
  await checkDevice(runtime, device);
  // ONNX Runtime has a device for as long as it has a session: this opens the one that uploads, which stays.
  await (await runtime.upload(zeros([1]))).dispose();
  return runtimeOverChannel(channel, { ...options, gpuDevice: (await ort.env.webgpu.device) as object });
};

interface GpuAdapter {
  readonly info?: { readonly isFallbackAdapter?: boolean };
  readonly isFallbackAdapter?: boolean;
}

/** Faster device of the browser. A WebGPU driver that computes on the processor is slower than WebAssembly. */
const bestDevice = async (): Promise<'webgpu' | 'wasm'> => {
  const { navigator } = globalThis as {
    navigator?: { gpu?: { requestAdapter(): Promise<GpuAdapter | null> } };
  };
  const adapter = await navigator?.gpu?.requestAdapter().catch(() => null);
  return adapter && !(adapter.info?.isFallbackAdapter ?? adapter.isFallbackAdapter) ? 'webgpu' : 'wasm';
};
