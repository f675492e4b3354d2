import { expect, it } from 'vitest';
import { measureStage } from '../measures/measure-stage.js';
import { type PairScore, withReference } from './score-pairs.js';

const pair = (id: string, chosen: number, rejected: number): PairScore => ({
  id,
  chosen: { logprob: chosen, tokens: 4 },
  rejected: { logprob: rejected, tokens: 4 },
});

it('reward_accuracy counts pairs whose chosen answer gained more over the reference than the rejected one', () => {
  const pairs = withReference(
    // Gains of the chosen and of the rejected answer: 2 and 1, 1 and 1, -1 and -3, 0 and 5.
    [pair('a', -10, -7), pair('b', -9, -9), pair('c', -21, -33), pair('d', -5, -5)],
    [pair('d', -5, -10), pair('c', -20, -30), pair('b', -10, -10), pair('a', -12, -8)],
  );
  const { reward_accuracy, intervals } = measureStage({ pairs });
  expect(reward_accuracy).toBe(0.5);
  expect(intervals.reward_accuracy).toMatchObject({ n: 4 });
});

it('reward_accuracy is not measured without a reference', () => {
  expect(measureStage({ pairs: [pair('a', -1, -2)] })).not.toHaveProperty('reward_accuracy');
});
