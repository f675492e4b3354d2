import type { Runtime } from '../runtime.js';
import { operationCases } from './operation-cases.js';
import { programCases } from './program-cases.js';
import { shapeCases } from './shape-cases.js';

/** One promise of a runtime and what tries it. */
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

/** Everything that an engine must do: each operation and its gradient, odd and symbolic shapes, programs, tensors. */
export const conformanceCases = (): ConformanceCase[] => [
  ...operationCases(),
  ...shapeCases,
  ...programCases,
];
