import { parentPort, workerData } from 'node:worker_threads';
import * as ort from 'onnxruntime-node';
import { ExitGuard } from './exit-guard.js';
import type { CallMessage } from './host-calls.js';
import { OrtHost } from './ort-host.js';
import type { WorkerData } from './start-worker.js';
import { transferables } from './transferables.js';

const port = parentPort!;
const data = workerData as WorkerData;
// A provider that cannot be loaded prints what the thrown error says too.
if (data.device !== 'cpu') ort.env.logLevel = 'fatal';
const host = new OrtHost(ort, data.device);
const exitGuard = new ExitGuard(data.exitGuard);
let last: Promise<void> = Promise.resolve();

const answer = async ({ id, name, args }: CallMessage): Promise<void> => {
  try {
    const call = host[name] as (...args: readonly unknown[]) => unknown;
    const result = await call.apply(host, [...args]);
    port.postMessage({ id, result }, transferables(result));
  } catch (error) {
    port.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
  }
  if (name === 'close') port.close();
};

port.on('message', (message: CallMessage) => {
  // One after the other: a run that writes a tensor ends before the next one reads it.
  last = last.then(() => exitGuard.run(() => answer(message)));
});
