import { availableParallelism } from 'node:os';
import type { Runtime } from '@charter/tensor';
import { checkDevice } from './devices/check-device.js';
import type { OnnxDevice } from './devices/devices.js';
import { fastestDevice } from './devices/fastest-device.js';
import { checkMemory, processMemory } from './host/memory-guard.js';
import { WorkerChannel } from './host/worker-channel.js';
import { locateFile } from './lowering/locate-file.js';
import { runtimeOverChannel } from './runtime-over-channel.js';

export interface OnnxRuntimeOptions {
  /** Device that runs programs; `auto` tries each device of this machine and takes the fastest. Default cpu. */
  readonly device?: OnnxDevice | 'auto' | undefined;
  /** Threads of one operator on the processor. Default: the processors that this process may use. */
  readonly threads?: number | undefined;
  /**
   * Prefix of profile files. Each program writes one when it is disposed of: the time of every operator as a Chrome
   * trace, which ui.perfetto.dev opens.
   */
  readonly profile?: string | undefined;
}

/** Copies of the weights: as stored, and prepacked for the forward and for the backward products (10 to 15 % faster). */
const COPIES = 3;

/**
 * Runtime on ONNX Runtime in a worker thread: while a program runs, the calling thread's event loop stays free. Calls run
 * one after the other, in the order in which they were made.
 *
 * @throws {OnnxError} with advice, when the device does not work here
 */
export const createOnnxRuntime = async ({
  device: wanted = 'cpu',
  threads = availableParallelism(),
  profile,
}: OnnxRuntimeOptions = {}): Promise<Runtime> => {
  const memory = processMemory();
  const device = wanted === 'auto' ? await fastestDevice() : wanted;
  const runtime = runtimeOverChannel(new WorkerChannel(device), {
    device,
    threads,
    profile,
    prepacks: weightBytes => weightBytes * COPIES < memory / 2,
    checkMemory: weightBytes => {
      // Another device has memory of its own.
      if (device === 'cpu') checkMemory(weightBytes, memory);
    },
    locate: locateFile,
  });
  if (device !== 'cpu') await checkDevice(runtime, device);
  return runtime;
};
