import type { Worker } from 'node:worker_threads';
import type { ExecutionProvider } from '../devices/devices.js';
import { OnnxError } from '../onnx-error.js';
import type { Channel } from './channel.js';
import { ExitGuard } from './exit-guard.js';
import type { AnswerMessage, CallName, HostCalls } from './host-calls.js';
import { startWorker } from './start-worker.js';

interface Pending {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** Calls the engine in its thread. The process may exit while no call is pending. */
export class WorkerChannel implements Channel {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #count = 0;
  #ended: string | undefined;
  #ending: Promise<void> | undefined;
  readonly #gate = new ExitGuard();
  readonly #beforeExit = () => this.#gate.close();

  readonly #name: string;

  constructor(device: ExecutionProvider = 'cpu', start = startWorker) {
    this.#name = `onnx-${device}`;
    this.#worker = start({ gate: this.#gate.shared, device });
    process.on('exit', this.#beforeExit);
    this.#worker.unref();
    this.#worker.on('message', (message: AnswerMessage) => this.#settle(message));
    this.#worker.on('error', error => this.#end(`The thread of ${this.#name} failed: ${error.message}`));
    this.#worker.on('exit', code => this.#end(`The thread of ${this.#name} ended with exit code ${code}.`));
  }

  /** Posts at once, so calls are answered in the order in which they were made. Buffers in `transfer` go over uncopied. */
  call<N extends CallName>(
    name: N,
    args: Parameters<HostCalls[N]>,
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<ReturnType<HostCalls[N]>> {
    if (this.#ended !== undefined) return Promise.reject(new OnnxError(this.#ended));
    const id = ++this.#count;
    return new Promise((resolve, reject) => {
      this.#worker.postMessage({ id, name, args }, transfer);
      this.#pending.set(id, { resolve: resolve as Pending['resolve'], reject });
      this.#worker.ref();
    });
  }

  /** Ends the thread and frees what it holds, after the calls that are pending. */
  end(): Promise<void> {
    this.#ending ??= this.#close();
    return this.#ending;
  }

  async #close(): Promise<void> {
    if (this.#ended !== undefined) return;
    const gone = new Promise(resolve => this.#worker.once('exit', resolve));
    const released = this.call('end', []);
    this.#ended = 'This runtime was disposed.';
    await released;
    this.#worker.ref();
    await gone;
  }

  #settle(message: AnswerMessage): void {
    const { resolve, reject } = this.#pending.get(message.id)!;
    this.#pending.delete(message.id);
    if (this.#pending.size === 0) this.#worker.unref();
    if ('error' in message) reject(new OnnxError(`${this.#name}: ${message.error}`));
    else resolve(message.result);
  }

  #end(reason: string): void {
    this.#ended ??= reason;
    process.off('exit', this.#beforeExit);
    for (const { reject } of this.#pending.values()) reject(new OnnxError(this.#ended));
    this.#pending.clear();
  }
}
