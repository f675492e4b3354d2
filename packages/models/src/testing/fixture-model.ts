import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { openCheckpoint } from '@charter/checkpoint';
import type { StoredTensor } from '@charter/tensor';
import type { ModelConfig } from '../config/model-config.js';
import { parseModelConfig } from '../config/parse-model-config.js';

/** Path of a file or folder of the repository's `fixtures/`. */
export const fixture = (path: string): string =>
  fileURLToPath(new URL(`../../../../fixtures/${path}`, import.meta.url));

export interface FixtureModel {
  readonly config: ModelConfig;
  readonly weights: ReadonlyMap<string, StoredTensor>;
}

/** The names of `fixtures/models`. */
export const fixtureModels = [
  'llama',
  'llama-untied-rope3',
  'llama-biased-linear',
  'llama-dynamic',
  'mistral',
  'qwen2',
  'qwen3',
  'gemma3',
  'phi3',
  'phi3-longrope',
] as const;

/** One of `fixtures/models`, or another folder of the fixtures. */
export const openFixture = async (name: string, parent = 'models'): Promise<FixtureModel> => {
  const { config, weights } = await openCheckpoint(fixture(`${parent}/${name}`));
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
