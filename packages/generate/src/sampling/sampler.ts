import { hash32 } from '@charter/tensor';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { GenerateError } from '../generate-error.js';
import type { TopKLogits } from './next-logits.js';
import type { SamplingOptions } from './sampling-options.js';
import { argmax, drawToken, penalizeRepetition, tokenDistribution } from './token-distribution.js';
import { topKDistribution } from './top-k-distribution.js';

/** Chooses the next token of one sequence. */
export interface Sampler {
  /**
   * @param logits `[vocab]` after everything so far; changed when there is a repetition penalty
   * @throws {GenerateError} when the logits are not numbers
   */
  next(logits: Float32Array): number;
  /**
   * The same token as `next`, from the k largest logits.
   *
   * @returns undefined, and draws nothing, when all logits are needed
   */
  nextFromTopK(topK: TopKLogits): number | undefined;
}

/**
 * A sampler with a random stream of its own, so that a text depends on its own seed and not on its neighbours.
 *
 * @param prompt ids that the repetition penalty counts as seen
 * @param seed any integer
 */
export const createSampler = (prompt: readonly number[], options: SamplingOptions, seed: number): Sampler => {
  const seen = new Set(prompt);
  const random = xoroshiro128plus(mixSeed(seed));
  let weights: Float64Array | undefined;
  return {
    next(logits) {
      if (options.repetition_penalty !== 1) penalizeRepetition(logits, seen, options.repetition_penalty);
      const best = argmax(logits);
      checkLogit(logits[best]!);
      let id = best;
      if (options.temperature > 0) {
        weights ??= new Float64Array(logits.length);
        const distribution = tokenDistribution(logits, options, { top: logits[best]!, weights });
        id = drawToken(distribution, uniformFloat64(random));
      }
      seen.add(id);
      return id;
    },
    nextFromTopK(topK) {
      checkLogit(topK.logits[0]!);
      let id = topK.ids[0]!;
      if (options.temperature > 0) {
        const list = topKDistribution(topK, options);
        if (!list) return undefined;
        id = list.ids[drawToken(list, uniformFloat64(random))]!;
      }
      seen.add(id);
      return id;
    },
  };
};

/** A logit that is no number, or infinite, is the largest: it was looked for. */
const checkLogit = (largest: number): void => {
  if (Number.isFinite(largest)) return;
  throw new GenerateError(
    `The model's logits hold ${largest}: its weights, or an adapter on them, are broken.`,
  );
};

/** Neighbouring seeds, such as row numbers, must not give neighbouring streams. */
const mixSeed = (seed: number): number => hash32((seed | 0) ^ hash32(Math.floor(seed / 2 ** 32)));

/** The seed of the n-th request that has none of its own. */
export const seedOfRequest = (modelSeed: number, n: number): number => hash32(mixSeed(modelSeed) ^ hash32(n));
