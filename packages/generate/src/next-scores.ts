/** What is known of the scores of the tokens that may come next. */
export type NextScores =
  /** `[vocab]` */
  | { readonly logits: Float32Array; readonly best?: undefined }
  | { readonly best: BestScores; readonly logits?: undefined };

/** The likeliest tokens, and what is needed to know how likely. */
export interface BestScores {
  /** Largest first, the first of equal ones before the others. */
  readonly logits: Float32Array;
  /** Of the same tokens. */
  readonly ids: Int32Array;
  /** Whether there are no others. */
  readonly all: boolean;
  /** log Σ exp(logit / temperature) over the whole vocabulary, float32, where it was asked for. */
  readonly logSum?: number | undefined;
}

/** What is asked for of one place; without `best` all logits. */
export interface WantedScores {
  readonly best?: boolean;
  /** Asks for `logSum` as well. */
  readonly inverseTemperature?: number;
}

/** How many of the likeliest tokens a decoding step gives: enough for a usual top_k, and for most nuclei. */
export const BEST_COUNT = 64;
