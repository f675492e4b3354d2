import { TrainingError } from '../training-error.js';

/**
 * Processes that train together. All of them make the same calls in the same order; one call at a time.
 *
 * @see the collectives of MPI, and torch.distributed, for the words
 */
export interface Collective {
  /** Number of this process, from 0. Rank 0 writes. */
  readonly rank: number;
  /** Number of processes. */
  readonly size: number;
  /**
   * Replaces values by their sums over all processes, in place; every process gets the same bits.
   *
   * @throws {CollectiveTimeout} when another process does not come
   */
  allReduce(values: Float32Array | Float64Array): Promise<void>;
  /** Replaces values by those of rank 0, in place. @throws {CollectiveTimeout} as `allReduce` */
  broadcast(values: Float32Array | Float64Array | Uint8Array): Promise<void>;
  /** Waits until every process is here. @throws {CollectiveTimeout} as `allReduce` */
  barrier(): Promise<void>;
  /** Ends the work together: no call may follow. */
  close(): Promise<void>;
}

/** Another process hangs. What is written stays; this process can only be killed. */
export class CollectiveTimeout extends TrainingError {}

/** A process that trains alone: every sum is its own. */
export const singleProcess: Collective = {
  rank: 0,
  size: 1,
  allReduce: async () => {},
  broadcast: async () => {},
  barrier: async () => {},
  close: async () => {},
};
