import type { Graph, Tensor, Value } from '@charter/tensor';

/** One forward and backward pass: what it is fed, and how its outputs become numbers to log. */
export interface MicroBatch {
  /**
   * Feeds of each part of the pass: parts are computed one after the other, in the memory of the largest, and their
   * losses are summed.
   */
  readonly parts: readonly Readonly<Record<string, Tensor>>[];
  /** Tokens that are not padding. */
  readonly tokens: number;
  /**
   * Metrics by TRL's names, from the outputs that the task's graph has besides the loss. Those of several parts come
   * joined along their first axis.
   */
  metrics(outputs: Readonly<Record<string, Tensor>>): Record<string, number>;
}

/** What a trainer trains: a loss as a graph, and how examples become its feeds. SFT and DPO are two of them. */
export interface TrainingTask<Example> {
  /**
   * Adds model and loss to a graph in which the trained parameters are bound already. The loss is a scalar that is
   * ready to be summed over the passes of a step: the task divides it by what the feeds say.
   *
   * @param mode `eval` has no dropout
   */
  build(graph: Graph, mode: 'train' | 'eval'): { loss: Value; outputs: Readonly<Record<string, Value>> };
  /** @param window all passes of the same step, this one among them: what the loss is averaged over */
  batch(examples: readonly Example[], window: readonly (readonly Example[])[]): MicroBatch;
  /** Text that differs when an example differs: a run resumes only on the data that it began with. */
  fingerprint(example: Example): string;
}
