/** Logits of the next token: of the whole vocabulary, or the k largest. */
export type NextLogits =
  /** `[vocab]` */
  | { readonly logits: Float32Array; readonly topK?: undefined }
  | { readonly topK: TopKLogits; readonly logits?: undefined };

/** The k largest logits, and what is needed to turn them into probabilities. */
export interface TopKLogits {
  /** Largest first, the first of equal ones before the others. */
  readonly logits: Float32Array;
  /** Of the same tokens. */
  readonly ids: Int32Array;
  /** True when the vocabulary has no other tokens. */
  readonly complete: boolean;
  /** log Σ exp(logit / temperature) over the whole vocabulary, float32, where it was requested. */
  readonly logSumExp?: number | undefined;
}

/** Logits to compute at one position; without `topK` all of them. */
export interface LogitsRequest {
  readonly topK?: boolean;
  /** Requests `logSumExp` as well. */
  readonly inverseTemperature?: number;
}

/** Number of logits that a decoding step returns per row: enough for a usual top_k, and for most nuclei. */
export const TOP_K = 64;
