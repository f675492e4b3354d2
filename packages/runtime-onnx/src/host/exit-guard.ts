const BUSY = 0;
const CLOSED = 1;
/** How long an exit waits at most, in case that the other thread is gone. */
const LONGEST_WAIT_MS = 60_000;

/**
 * Lets a thread that must exit wait for the engine's thread to be between two calls: ending a thread inside ONNX
 * Runtime aborts the whole process.
 */
export class ExitGuard {
  readonly #state: Int32Array;

  /** @param shared the buffer of the other thread's gate */
  constructor(readonly shared = new SharedArrayBuffer(8)) {
    this.#state = new Int32Array(shared);
  }

  /** Runs one call of the engine; none after the gate is closed. */
  async pass(call: () => Promise<void>): Promise<void> {
    Atomics.store(this.#state, BUSY, 1);
    if (Atomics.load(this.#state, CLOSED) === 0) await call();
    Atomics.store(this.#state, BUSY, 0);
    Atomics.notify(this.#state, BUSY);
  }

  /** Lets no further call begin, and blocks until the one that is under way has ended. */
  close(): void {
    Atomics.store(this.#state, CLOSED, 1);
    Atomics.wait(this.#state, BUSY, 1, LONGEST_WAIT_MS);
  }
}
