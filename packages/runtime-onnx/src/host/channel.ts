import type { CallName, HostCalls } from './host-calls.js';

/** Way to a host, in this thread or another. Calls are answered in the order in which they were made. */
export interface Channel {
  /** @param transfer buffers that are moved, not copied, where the host has a thread of its own */
  call<N extends CallName>(
    name: N,
    args: Parameters<HostCalls[N]>,
    transfer?: readonly ArrayBuffer[],
  ): Promise<ReturnType<HostCalls[N]>>;
  /** Closes the host after the pending calls. */
  close(): Promise<void>;
}
