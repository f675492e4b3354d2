import { frozenAdapter } from '@charter/lora';
import { adaptableModules, frozenWeights, longestText } from '@charter/models';
import { exp, Graph, mul, sub, sum } from '@charter/tensor';
import { packBatch, packedForward } from '@charter/trainer';
import { type HeldOutText, textTrees } from './score-texts.js';
import type { ScoreOptions, ScorerOptions } from './scorer.js';
import { tokenBatches } from './token-batches.js';

/**
 * KL divergence of a model with an adapter from its base on held-out texts: for every token of a completion the
 * Kullback-Leibler divergence KL(model ‖ base) = Σ p · (log p − log q) of the distributions of that token, given all
 * before it. It is exact over the vocabulary, not estimated from samples; the texts are given, not the model's own.
 *
 * @param options.batchTokens most tokens computed in one run; default 256, as each holds a number for every id of the
 *   vocabulary
 * @param options.max_length tokens of a text that are read, from its start; default: the model's positions
 * @returns for each text that `scoreTexts` would score, under the same id, the divergences summed in nats
 */
export const klFromBase = async (
  {
    runtime,
    model,
    adapter,
    batchTokens = 256,
    maxPositions: most = Number.POSITIVE_INFINITY,
  }: ScorerOptions & { adapter: NonNullable<ScorerOptions['adapter']> },
  texts: readonly HeldOutText[],
  { signal, onProgress, ...options }: ScoreOptions & { max_length?: number | undefined } = {},
): Promise<Map<string, number>> => {
  const { config, tokenizer } = model;
  const weights = frozenWeights(model);
  const maxPositions = Math.min(most, longestText(config));
  const { kept } = textTrees(tokenizer, texts, options.max_length ?? maxPositions);

  const baseGraph = new Graph();
  baseGraph.output('base', packedForward(baseGraph, config, { maxPositions }).distributions);
  const graph = new Graph();
  const frozen = frozenAdapter(adapter, adaptableModules(config), config.model_type);
  const linear = frozen.linear(graph);
  const { distributions } = packedForward(graph, config, { linear, maxPositions });
  const q = graph.input('base', 'float32', ['labels', config.vocab_size]);
  graph.output('kl', sum(mul(exp(distributions), sub(distributions, q)), { axes: [-1] }));

  const base = await runtime.compile(baseGraph, { weights });
  try {
    const adapted = await runtime.compile(graph, { weights: new Map([...weights, ...frozen.weights]) });
    try {
      const found = new Map<string, number>();
      const trees = kept.map(({ tree }) => tree);
      for (const members of tokenBatches(trees, batchTokens)) {
        signal?.throwIfAborted();
        const { feeds, ranges } = packBatch(
          members.map(i => trees[i]!),
          { packing: true, config },
        );
        const { base: distribution } = await base.run(feeds);
        const { kl } = await adapted.run({ ...feeds, base: distribution! });
        for (const { tree, start, end } of ranges) {
          let total = 0;
          for (let i = start; i < end; i++) total += kl!.data[i]!;
          found.set(kept[members[tree]!]!.id, total);
        }
        onProgress?.({ done: found.size, total: trees.length });
      }
      return found;
    } finally {
      await adapted.dispose();
    }
  } finally {
    await base.dispose();
  }
};
