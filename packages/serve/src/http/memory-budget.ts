/** Bytes that one request has taken from the budget. */
export interface Allotment {
  /** False when the budget has too little left for this many more bytes. */
  take(bytes: number): boolean;
  /** Gives everything back. */
  release(): void;
}

/** Limit on the memory that all requests hold at once, for bodies that come in and answers that go out. */
export interface MemoryBudget {
  open(): Allotment;
}

/**
 * @param options.total bytes for all requests
 * @param options.free bytes that each request may take without asking, so that small ones always pass
 */
export const createMemoryBudget = ({ total, free }: { total: number; free: number }): MemoryBudget => {
  let used = 0;
  return {
    open() {
      let own = 0;
      const charged = (bytes: number) => Math.max(0, bytes - free);
      return {
        take(bytes) {
          const more = charged(own + bytes) - charged(own);
          if (used + more > total) return false;
          own += bytes;
          used += more;
          return true;
        },
        release() {
          used -= charged(own);
          own = 0;
        },
      };
    },
  };
};
