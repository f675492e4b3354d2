import { parentPort, workerData } from 'node:worker_threads';
import { Engine } from './engine.js';
import type { CallMessage } from './engine-messages.js';
import type { WorkerData } from './start-worker.js';
import { ThreadGate } from './thread-gate.js';
import { transferables } from './transferables.js';

const port = parentPort!;
const engine = new Engine();
const gate = new ThreadGate((workerData as WorkerData).gate);
let last: Promise<void> = Promise.resolve();

const answer = async ({ id, name, args }: CallMessage): Promise<void> => {
  try {
    const call = engine[name] as (...args: readonly unknown[]) => unknown;
    const result = await call.apply(engine, [...args]);
    port.postMessage({ id, result }, transferables(result));
  } catch (error) {
    port.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
  }
  if (name === 'end') port.close();
};

port.on('message', (message: CallMessage) => {
  // One after the other: a run that writes a tensor ends before the next one reads it.
  last = last.then(() => gate.pass(() => answer(message)));
});
