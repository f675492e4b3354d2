import { type Runtime, zeros } from '@charter/tensor';
import * as ort from 'onnxruntime-web/webgpu';
import { checkDevice } from './devices/check-device.js';
import { InlineChannel } from './host/inline-channel.js';
import type { Ort } from './host/ort.js';
import { OrtHost } from './host/ort-host.js';
import { runtimeOverChannel } from './runtime-over-channel.js';

export interface WebRuntimeOptions {
  /** `auto` takes WebGPU where there is a graphics card for it, else the processor by WebAssembly; the default. */
  readonly device?: 'webgpu' | 'wasm' | 'auto' | undefined;
  /**
   * URL of the folder with ONNX Runtime's `.wasm` and `.mjs` files (`onnxruntime-web/dist`), ending in a slash. Default:
   * beside the script.
   */
  readonly files?: string | undefined;
  /** Threads on the processor; more than one needs a page that is cross-origin isolated. Default: ONNX Runtime's. */
  readonly threads?: number | undefined;
}

/**
 * ONNX Runtime in a browser, by `onnxruntime-web`, in the thread that calls it: start it in a worker of the page where
 * the page must stay alive while the processor computes. Weights are given as bytes.
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
  const engine = new InlineChannel(new OrtHost(ort as Ort, device), `onnx-${device}`);
  // WebAssembly has 4 GB for everything.
  const options = { device, prepacks: () => false };
  const runtime = runtimeOverChannel(engine, options);
  if (device !== 'webgpu') return runtime;
  await checkDevice(runtime, device);
  // ONNX Runtime has a device for as long as it has a session: this opens the one that copies to the card, which stays.
  await (await runtime.upload(zeros([1]))).dispose();
  return runtimeOverChannel(engine, { ...options, gpuDevice: (await ort.env.webgpu.device) as object });
};

interface Adapter {
  readonly info?: { readonly isFallbackAdapter?: boolean };
  readonly isFallbackAdapter?: boolean;
}

/** A driver that computes on the processor is slower than WebAssembly. */
const bestDevice = async (): Promise<'webgpu' | 'wasm'> => {
  const { navigator } = globalThis as {
    navigator?: { gpu?: { requestAdapter(): Promise<Adapter | null> } };
  };
  const adapter = await navigator?.gpu?.requestAdapter().catch(() => null);
  return adapter && !(adapter.info?.isFallbackAdapter ?? adapter.isFallbackAdapter) ? 'webgpu' : 'wasm';
};
