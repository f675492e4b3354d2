import type { Worker } from 'node:worker_threads';
import type { ExecutionProvider } from '../devices/devices.js';
import { OnnxError } from '../onnx-error.js';
import type { Channel } from './channel.js';
import { ExitGuard } from './exit-guard.js';
import type { AnswerMessage, CallName, HostCalls } from './host-calls.js';
import { startWorker } from './start-worker.js';

interface PendingCall {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** Channel to a host in a worker thread. The process may exit while no call is pending. */
export class WorkerChannel implements Channel {
  readonly #worker: Worker;
  readonly #pending = new Map<number, PendingCall>();
  #count = 0;
  #closedBecause: string | undefined;
  #closing: Promise<void> | undefined;
  readonly #exitGuard = new ExitGuard();
  readonly #beforeExit = () => this.#exitGuard.close();

  readonly #name: string;

  constructor(device: ExecutionProvider = 'cpu', start = startWorker) {
    this.#name = `onnx-${device}`;
    this.#worker = start({ exitGuard: this.#exitGuard.shared, device });
    process.on('exit', this.#beforeExit);
    this.#worker.unref();
    this.#worker.on('message', (message: AnswerMessage) => this.#settle(message));
    this.#worker.on('error', error => this.#stop(`The thread of ${this.#name} failed: ${error.message}`));
    this.#worker.on('exit', code => this.#stop(`The thread of ${this.#name} ended with exit code ${code}.`));
  }

  /** Posts at once. */
  call<N extends CallName>(
    name: N,
    args: Parameters<HostCalls[N]>,
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<ReturnType<HostCalls[N]>> {
    if (this.#closedBecause !== undefined) return Promise.reject(new OnnxError(this.#closedBecause));
    const id = ++this.#count;
    return new Promise((resolve, reject) => {
      this.#worker.postMessage({ id, name, args }, transfer);
      this.#pending.set(id, { resolve: resolve as PendingCall['resolve'], reject });
      this.#worker.ref();
    });
  }

  /** Ends the thread after the pending calls and frees its memory. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#closedBecause !== undefined) return;
    const exited = new Promise(resolve => this.#worker.once('exit', resolve));
    const hostClosed = this.call('close', []);
    this.#closedBecause = 'This runtime was disposed.';
    await hostClosed;
    this.#worker.ref();
    await exited;
  }

  #settle(message: AnswerMessage): void {
    const { resolve, reject } = this.#pending.get(message.id)!;
    this.#pending.delete(message.id);
    if (this.#pending.size === 0) this.#worker.unref();
    if ('error' in message) reject(new OnnxError(`${this.#name}: ${message.error}`));
    else resolve(message.result);
  }

  #stop(reason: string): void {
    this.#closedBecause ??= reason;
    process.off('exit', this.#beforeExit);
    for (const { reject } of this.#pending.values()) reject(new OnnxError(this.#closedBecause));
    this.#pending.clear();
  }
}
