import type { Graph, Tensor, Value } from '@charter/tensor';

/** One forward and backward pass: what it is fed, and how its outputs become numbers to log. */
export interface MicroBatch {
  readonly feeds: Readonly<Record<string, Tensor>>;
  /** Tokens that are not padding. */
  readonly tokens: number;
  /** Metrics by TRL's names, from the outputs that the task's graph has besides the loss. */
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
