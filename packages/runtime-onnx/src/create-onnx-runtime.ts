import { availableParallelism, totalmem } from 'node:os';
import type { Runtime } from '@charter/tensor';
import type { OnnxDevice } from './devices.js';
import { EngineClient } from './engine-client.js';
import { engineRuntime } from './engine-runtime.js';
import { fastestDevice } from './fastest-device.js';
import { locateFile } from './locate-file.js';
import { tryDevice } from './try-device.js';

export interface OnnxRuntimeOptions {
  /** Where programs run; `auto` tries what is here and takes the fastest. Default cpu. */
  readonly device?: OnnxDevice | 'auto' | undefined;
  /** Threads of one operator on the processor; default: as many as the process may use. */
  readonly threads?: number | undefined;
  /**
   * Prefix of files into which each program, when it is disposed, writes how long every operator took: Chrome traces,
   * which ui.perfetto.dev opens.
   */
  readonly profile?: string | undefined;
}

/** The weights themselves, and prepacked for the forward and for the backward products: 10 to 15 % faster. */
const COPIES = 3;

/**
 * ONNX Runtime in a thread of its own: while a program runs, timers, servers and progress bars of the calling thread go
 * on. Calls run one after the other, in the order in which they were made.
 *
 * @throws {OnnxError} when the device does not work here, with what to do
 */
export const createOnnxRuntime = async ({
  device: wanted = 'cpu',
  threads = availableParallelism(),
  profile,
}: OnnxRuntimeOptions = {}): Promise<Runtime> => {
  const device = wanted === 'auto' ? await fastestDevice() : wanted;
  const runtime = engineRuntime(new EngineClient(device), {
    device,
    threads,
    profile,
    prepacks: weightBytes => weightBytes * COPIES < totalmem() / 2,
    locate: locateFile,
  });
  if (device !== 'cpu') await tryDevice(runtime, device);
  return runtime;
};
