import { OnnxError } from '../onnx-error.js';
import type { Channel } from './channel.js';
import type { CallName, HostCalls } from './host-calls.js';
import type { OrtHost } from './ort-host.js';

/** Channel to a host in the same thread. Calls run one after the other. */
export class InlineChannel implements Channel {
  #last: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(
    private readonly host: OrtHost,
    /** Name in error messages, such as `onnx-wasm`. */
    private readonly name: string,
  ) {}

  call<N extends CallName>(name: N, args: Parameters<HostCalls[N]>): Promise<ReturnType<HostCalls[N]>> {
    if (this.#closing) return Promise.reject(new OnnxError('This runtime was disposed.'));
    return this.#enqueue(name, args);
  }

  close(): Promise<void> {
    this.#closing ??= this.#enqueue('close', []);
    return this.#closing;
  }

  #enqueue<N extends CallName>(name: N, args: Parameters<HostCalls[N]>): Promise<ReturnType<HostCalls[N]>> {
    const call = this.host[name] as (...args: readonly unknown[]) => unknown;
    const result = this.#last.then(async () => {
      try {
        return (await call.apply(this.host, args)) as ReturnType<HostCalls[N]>;
      } catch (error) {
        throw new OnnxError(`${this.name}: ${error instanceof Error ? error.message : error}`, {
          cause: error,
        });
      }
    });
    this.#last = result.catch(() => {});
    return result;
  }
}
