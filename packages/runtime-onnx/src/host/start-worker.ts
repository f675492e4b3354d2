import { Worker } from 'node:worker_threads';
import type { ExecutionProvider } from '../devices/devices.js';

/** Start data of the worker thread. */
export interface WorkerData {
  /** Shared memory of the channel's `ExitGuard`. */
  readonly exitGuard: SharedArrayBuffer;
  readonly device: ExecutionProvider;
}

/** Starts the host's thread: the built file beside this one, or the TypeScript source in development. */
export const startWorker = (workerData: WorkerData): Worker => {
  const here = import.meta.url;
  return new URL(here).pathname.endsWith('.ts')
    ? new Worker(new URL('./worker-from-source.mjs', here), {
        workerData,
        execArgv: ['--conditions=@charter/source'],
      })
    : new Worker(new URL('./worker.js', here), { workerData });
};
