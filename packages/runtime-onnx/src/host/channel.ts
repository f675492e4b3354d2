import type { CallName, HostCalls } from './host-calls.js';

/** Calls an engine, wherever it runs; calls are answered in the order in which they were made. */
export interface Channel {
  /** @param transfer buffers that go over uncopied, where the engine has a thread of its own */
  call<N extends CallName>(
    name: N,
    args: Parameters<HostCalls[N]>,
    transfer?: readonly ArrayBuffer[],
  ): Promise<ReturnType<HostCalls[N]>>;
  /** Frees everything, after the calls that are pending. */
  end(): Promise<void>;
}
