import { availableParallelism, totalmem } from 'node:os';
import type { Runtime } from '@charter/tensor';
import { checkDevice } from './devices/check-device.js';
import type { OnnxDevice } from './devices/devices.js';
import { fastestDevice } from './devices/fastest-device.js';
import { WorkerChannel } from './host/worker-channel.js';
import { locateFile } from './lowering/locate-file.js';
import { runtimeOverChannel } from './runtime-over-channel.js';

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
  const runtime = runtimeOverChannel(new WorkerChannel(device), {
    device,
    threads,
    profile,
    prepacks: weightBytes => weightBytes * COPIES < totalmem() / 2,
    locate: locateFile,
  });
  if (device !== 'cpu') await checkDevice(runtime, device);
  return runtime;
};
