import type { Channel } from './channel.js';
import type { CallName, HostCalls } from './host-calls.js';

/**
 * The engine of one runtime, as its programs and tensors call it: in the order in which calls were made, also behind work
 * that waits for another runtime.
 */
export class CallQueue implements Channel {
  #work: Promise<unknown> | undefined;

  constructor(
    private readonly engine: Channel,
    /** The WebGPU `GPUDevice`, where its buffers can be shared with other engines. */
    readonly gpuDevice?: object | undefined,
  ) {}

  call<N extends CallName>(
    name: N,
    args: Parameters<HostCalls[N]>,
    transfer?: readonly ArrayBuffer[],
  ): Promise<ReturnType<HostCalls[N]>> {
    return this.#inTurn(() => this.engine.call(name, args, transfer));
  }

  /** Work of several calls; those that are made after it wait for its end. */
  together<T>(work: (engine: Channel) => Promise<T>): Promise<T> {
    const result = this.#inTurn(() => work(this.engine));
    const done: Promise<unknown> = result
      .catch(() => {})
      .then(() => {
        if (this.#work === done) this.#work = undefined;
      });
    this.#work = done;
    return result;
  }

  end(): Promise<void> {
    return this.#inTurn(() => this.engine.end());
  }

  #inTurn<T>(call: () => Promise<T>): Promise<T> {
    return this.#work ? this.#work.then(call) : call();
  }
}
