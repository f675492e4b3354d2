import type { DType } from '@charter/tensor';

/** A place for one flat buffer of a run: a feed, a weight, or what a step makes. */
export interface Slot {
  readonly dtype: DType;
  readonly size: number;
  /** True when its numbers are computed on the host: all of int32, and bools made of them. */
  readonly onHost: boolean;
}
