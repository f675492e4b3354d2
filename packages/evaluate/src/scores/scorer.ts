import { frozenAdapter, type LoraAdapter } from '@charter/lora';
import { adaptableModules, frozenWeights, longestText, type PretrainedModel } from '@charter/models';
import { Graph, type Runtime } from '@charter/tensor';
import { packBatch, packedForward, type TokenTree } from '@charter/trainer';
import { EvaluateError } from '../evaluate-error.js';
import { tokenBatches } from './token-batches.js';

export interface ScorerOptions {
  /** Where it runs; it stays the caller's, and outlives the scorer. */
  readonly runtime: Runtime;
  readonly model: PretrainedModel;
  /** As `loadAdapter` of @charter/lora returns it; applied beside the weights. */
  readonly adapter?: LoraAdapter | undefined;
  /** Longest prefix with one of its branches; default: the model's max_position_embeddings. */
  readonly maxPositions?: number | undefined;
  /** Most tokens computed in one run, unless a single tree has more; default 1024. */
  readonly batchTokens?: number | undefined;
}

export interface ScoreProgress {
  /** Trees done, of `total`. */
  readonly done: number;
  readonly total: number;
}

export interface ScoreOptions {
  /** Ends the work before the next run: the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  onProgress?: ((progress: ScoreProgress) => void) | undefined;
}

/** A model that says how likely given tokens are. */
export interface Scorer {
  readonly maxPositions: number;
  /**
   * Log-probability, in nats, of every labelled token, given the prefix and its branch before it. A prefix is computed
   * once for all its branches; trees of similar length are computed together.
   *
   * @returns for each tree and branch one number a labelled token (a text's first token is never predicted)
   * @throws {EvaluateError} when a branch does not fit into `maxPositions`
   */
  logprobs(trees: readonly TokenTree[], options?: ScoreOptions): Promise<Float32Array[][]>;
  dispose(): Promise<void>;
}

/** Compiles the program that scores; seconds for a deep model, so keep it. */
export const createScorer = async (options: ScorerOptions): Promise<Scorer> => {
  const { runtime, model, adapter, batchTokens = 1024 } = options;
  const { config } = model;
  const maxPositions = Math.min(options.maxPositions ?? Number.POSITIVE_INFINITY, longestText(config));
  const graph = new Graph();
  const frozen = adapter && frozenAdapter(adapter, adaptableModules(config), config.model_type);
  const linear = frozen?.linear(graph);
  graph.output('logps', packedForward(graph, config, { linear, maxPositions }).label_logps);
  const program = await runtime.compile(graph, {
    weights: new Map([...frozenWeights(model), ...(frozen?.weights ?? [])]),
  });

  return {
    maxPositions,
    dispose: () => program.dispose(),
    async logprobs(trees, { signal, onProgress } = {}) {
      checkLengths(trees, maxPositions);
      const results = trees.map(({ branches }) => branches.map(() => new Float32Array(0)));
      let done = 0;
      for (const members of tokenBatches(trees, batchTokens)) {
        signal?.throwIfAborted();
        const batch = packBatch(
          members.map(tree => trees[tree]!),
          { packing: true, config },
        );
        if (batch.ranges.some(({ start, end }) => end > start)) {
          const { logps } = await program.run(batch.feeds);
          for (const { tree, branch, start, end } of batch.ranges) {
            results[members[tree]!]![branch] = (logps!.data as Float32Array).slice(start, end);
          }
        }
        done += members.length;
        onProgress?.({ done, total: trees.length });
      }
      return results;
    },
  };
};

const checkLengths = (trees: readonly TokenTree[], maxPositions: number): void => {
  trees.forEach(({ prefix, branches }, row) => {
    const length = prefix.length + Math.max(0, ...branches.map(({ ids }) => ids.length));
    if (length <= maxPositions) return;
    throw new EvaluateError(
      `${length} tokens are more than the model's ${maxPositions} positions. Shorten the row, or leave it out.`,
      { row },
    );
  });
};
