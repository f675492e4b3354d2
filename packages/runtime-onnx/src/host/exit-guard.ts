const BUSY = 0;
const CLOSED = 1;
/** Longest wait of an exit, for a worker that died during a call. */
const LONGEST_WAIT_MS = 60_000;

/**
 * Lets an exiting thread wait until the host's thread is between two calls: ending a thread inside ONNX Runtime aborts
 * the whole process. Both threads have one, over the same shared memory.
 */
export class ExitGuard {
  readonly #state: Int32Array;

  /** @param shared memory of the other thread's guard */
  constructor(readonly shared = new SharedArrayBuffer(8)) {
    this.#state = new Int32Array(shared);
  }

  /** Runs one call of the host, unless the guard is closed. */
  async run(call: () => Promise<void>): Promise<void> {
    Atomics.store(this.#state, BUSY, 1);
    if (Atomics.load(this.#state, CLOSED) === 0) await call();
    Atomics.store(this.#state, BUSY, 0);
    Atomics.notify(this.#state, BUSY);
  }

  /** Lets no further call begin, and blocks until the running one has ended. */
  close(): void {
    Atomics.store(this.#state, CLOSED, 1);
    Atomics.wait(this.#state, BUSY, 1, LONGEST_WAIT_MS);
  }
}
