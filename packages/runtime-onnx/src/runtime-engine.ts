import type { EngineCaller } from './engine-caller.js';
import type { CallName, EngineCalls } from './engine-messages.js';

/**
 * The engine of one runtime, as its programs and tensors call it: in the order in which calls were made, also behind work
 * that waits for another runtime.
 */
export class RuntimeEngine implements EngineCaller {
  #work: Promise<unknown> | undefined;

  constructor(
    private readonly engine: EngineCaller,
    /** The WebGPU `GPUDevice`, where its buffers can be shared with other engines. */
    readonly gpuDevice?: object | undefined,
  ) {}

  call<N extends CallName>(
    name: N,
    args: Parameters<EngineCalls[N]>,
    transfer?: readonly ArrayBuffer[],
  ): Promise<ReturnType<EngineCalls[N]>> {
    return this.#inTurn(() => this.engine.call(name, args, transfer));
  }

  /** Work of several calls; those that are made after it wait for its end. */
  together<T>(work: (engine: EngineCaller) => Promise<T>): Promise<T> {
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
