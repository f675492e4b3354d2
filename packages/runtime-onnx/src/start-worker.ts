import { Worker } from 'node:worker_threads';

/** Starts the engine's thread: the built file beside this one, or the TypeScript source in development. */
export const startWorker = (): Worker => {
  const here = import.meta.url;
  return here.endsWith('.ts')
    ? new Worker(new URL('./worker-from-source.mjs', here), { execArgv: ['--conditions=@charter/source'] })
    : new Worker(new URL('./worker.js', here));
};
