import type { Channel } from './channel.js';
import type { CallName, HostCalls } from './host-calls.js';

/**
 * Queue of one runtime's calls to its host. Calls keep the order in which they were made, and wait while an exclusive
 * sequence of calls waits for another runtime.
 */
export class CallQueue implements Channel {
  #exclusive: Promise<unknown> | undefined;

  constructor(
    private readonly channel: Channel,
    /** WebGPU `GPUDevice` whose buffers can be shared with other engines; undefined where there is none. */
    readonly gpuDevice?: object | undefined,
  ) {}

  call<N extends CallName>(
    name: N,
    args: Parameters<HostCalls[N]>,
    transfer?: readonly ArrayBuffer[],
  ): Promise<ReturnType<HostCalls[N]>> {
    return this.#inTurn(() => this.channel.call(name, args, transfer));
  }

  /** Makes several calls without any other call between them. */
  exclusively<T>(work: (channel: Channel) => Promise<T>): Promise<T> {
    const result = this.#inTurn(() => work(this.channel));
    const done: Promise<unknown> = result
      .catch(() => {})
      .then(() => {
        if (this.#exclusive === done) this.#exclusive = undefined;
      });
    this.#exclusive = done;
    return result;
  }

  close(): Promise<void> {
    return this.#inTurn(() => this.channel.close());
  }

  #inTurn<T>(call: () => Promise<T>): Promise<T> {
    return this.#exclusive ? this.#exclusive.then(call) : call();
  }
}
