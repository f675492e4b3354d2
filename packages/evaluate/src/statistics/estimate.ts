/** A measured value with its confidence interval in the same unit. The ends are absent where n is too small for one. */
export interface Estimate {
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
  /** Number of cases. */
  readonly n: number;
}

/** Difference between two measurements of the same cases: the second minus the first, in the unit of both. */
export interface Difference {
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  /** Pairs of cases. */
  readonly n: number;
  /** Two-sided, not corrected for other tests. */
  readonly p: number;
  /** The test that gave p. */
  readonly test: string;
}
