import { parentPort, workerData } from 'node:worker_threads';
import * as ort from 'onnxruntime-node';
import { ExitGuard } from './exit-guard.js';
import type { CallMessage } from './host-calls.js';
import { OrtHost } from './ort-host.js';
import type { WorkerData } from './start-worker.js';
import { transferables } from './transferables.js';

const port = parentPort!;
const data = workerData as WorkerData;
// What a provider that cannot be loaded would print, the error that is thrown says too.
if (data.device !== 'cpu') ort.env.logLevel = 'fatal';
const engine = new OrtHost(ort, data.device);
const gate = new ExitGuard(data.gate);
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
