import { expect, test } from 'vitest';
import { readFixture } from '../local/fixture-model.fixture.js';
import type { SamplingOptions } from './sampling-options.js';
import { penalizeRepetition, tokenDistribution } from './token-distribution.js';

interface Golden {
  seen: number[];
  logits: number[][];
  cases: {
    row: number;
    options: Pick<SamplingOptions, 'temperature' | 'top_k' | 'top_p' | 'min_p' | 'repetition_penalty'>;
    probabilities: Record<string, number>;
  }[];
}
const golden = readFixture<Golden>('sampling.json');

test.each(golden.cases)('row $row, $options: what transformers leaves', ({ row, options, probabilities }) => {
  const logits = Float32Array.from(golden.logits[row]!);
  if (options.repetition_penalty !== 1)
    penalizeRepetition(logits, new Set(golden.seen), options.repetition_penalty);
  const { weights, total } = tokenDistribution(logits, options);
  const kept = [...weights.keys()].filter(id => weights[id]! > 0);
  expect(kept).toEqual(Object.keys(probabilities).map(Number));
  for (const id of kept) expect(Math.abs(weights[id]! / total - probabilities[id]!)).toBeLessThan(1e-6);
});
