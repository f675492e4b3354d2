import type { Graph, Tensor, Value } from '@charter/tensor';

/** A batch ready for its forward and backward pass: feeds, and how outputs become metrics. */
export interface PreparedBatch {
  /**
   * Feeds of each microbatch. They are computed one after the other, in the memory of the largest; losses and gradients
   * are summed.
   */
  readonly microbatches: readonly Readonly<Record<string, Tensor>>[];
  /** Tokens that are not padding. */
  readonly tokens: number;
  /**
   * Metrics by TRL's names, from the outputs that the task's graph has besides the loss. Those of several microbatches
   * come concatenated along their first axis.
   */
  metrics(outputs: Readonly<Record<string, Tensor>>): Record<string, number>;
}

/** A training method: its loss as a graph, and how examples become feeds. SFT and DPO are two of them. */
export interface TrainingTask<Example> {
  /**
   * Adds model and loss to a graph in which the trained parameters are bound already. The loss is a scalar that is
   * ready to be summed over the batches of a step: the task divides it by a count in the feeds.
   *
   * @param mode `eval` has no dropout
   */
  build(graph: Graph, mode: 'train' | 'eval'): { loss: Value; outputs: Readonly<Record<string, Value>> };
  /**
   * @param stepBatches all batches of the same step, this one among them: the loss is averaged over them
   * @param processes number of processes that share the step: into as many microbatches, or more, the batch is split
   *   where it can be
   */
  batch(
    examples: readonly Example[],
    stepBatches: readonly (readonly Example[])[],
    processes: number,
  ): PreparedBatch;
  /** Text that identifies an example: a run resumes only on the data that it began with. */
  fingerprint(example: Example): string;
}
