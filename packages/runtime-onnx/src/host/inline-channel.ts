import { OnnxError } from '../onnx-error.js';
import type { Channel } from './channel.js';
import type { CallName, HostCalls } from './host-calls.js';
import type { OrtHost } from './ort-host.js';

/** Calls an engine in the same thread, one call after the other. */
export class InlineChannel implements Channel {
  #last: Promise<unknown> = Promise.resolve();
  #ending: Promise<void> | undefined;

  constructor(
    private readonly engine: OrtHost,
    /** For messages, such as `onnx-wasm`. */
    private readonly name: string,
  ) {}

  call<N extends CallName>(name: N, args: Parameters<HostCalls[N]>): Promise<ReturnType<HostCalls[N]>> {
    if (this.#ending) return Promise.reject(new OnnxError('This runtime was disposed.'));
    return this.#enqueue(name, args);
  }

  end(): Promise<void> {
    this.#ending ??= this.#enqueue('end', []);
    return this.#ending;
  }

  #enqueue<N extends CallName>(name: N, args: Parameters<HostCalls[N]>): Promise<ReturnType<HostCalls[N]>> {
    const call = this.engine[name] as (...args: readonly unknown[]) => unknown;
    const result = this.#last.then(async () => {
      try {
        return (await call.apply(this.engine, args)) as ReturnType<HostCalls[N]>;
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
