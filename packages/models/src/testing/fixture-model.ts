import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { openCheckpoint } from '@charter/checkpoint';
import type { StoredTensor } from '@charter/tensor';
import type { ModelConfig } from '../model-config.js';
import { parseModelConfig } from '../parse-model-config.js';

/** Path of a file or folder of the repository's `fixtures/`. */
export const fixture = (path: string): string =>
  fileURLToPath(new URL(`../../../../fixtures/${path}`, import.meta.url));

export interface FixtureModel {
  readonly config: ModelConfig;
  readonly weights: ReadonlyMap<string, StoredTensor>;
}

/** One of `fixtures/models`. */
export const openFixture = async (name: string): Promise<FixtureModel> => {
  const { config, weights } = await openCheckpoint(fixture(`models/${name}`));
  return { config: parseModelConfig(config), weights };
};

/** Token ids and what transformers made of them: the log-probability, in nats, of each token after the first. */
export interface ScoredRow {
  readonly ids: readonly number[];
  readonly logprobs: readonly number[];
}

export const readScores = async (file: string): Promise<ScoredRow[]> =>
  JSON.parse(await readFile(fixture(file), 'utf8')).rows;

/** The largest difference between two lists of equal length. */
export const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  return Array.from(a).reduce((most, value, i) => {
    const difference = Math.abs(value - b[i]!);
    return difference > most || Number.isNaN(difference) ? difference : most;
  }, 0);
};
