import type { Runtime } from '../runtime.js';

/** One promise of a runtime, and the program that tries it. */
export interface ConformanceCase {
  readonly name: string;
  /** The operation that the case is about, where there is one. */
  readonly operation?: string | undefined;
  /**
   * @returns the largest relative difference from a float64 evaluation, where values are compared
   * @throws {ConformanceError} when the engine breaks the promise
   */
  run(runtime: Runtime, tolerance: number): Promise<number | undefined>;
}
