import type { CallName, EngineCalls } from './engine-messages.js';

/** Calls an engine, wherever it runs; calls are answered in the order in which they were made. */
export interface EngineCaller {
  /** @param transfer buffers that go over uncopied, where the engine has a thread of its own */
  call<N extends CallName>(
    name: N,
    args: Parameters<EngineCalls[N]>,
    transfer?: readonly ArrayBuffer[],
  ): Promise<ReturnType<EngineCalls[N]>>;
  /** Frees everything, after the calls that are pending. */
  end(): Promise<void>;
}
