import { expect, it } from 'vitest';
import { parseOptions, trainingOptionsSchema } from '../training-options.js';
import { bestEvaluation } from './best-evaluation.js';

const losses = [2, 1.5, 1.6, 1.4].map((eval_loss, i) => ({
  step: 10 * (i + 1),
  eval_loss,
  'eval_rewards/accuracies': i,
}));
const best = (options: object) =>
  bestEvaluation(
    [{ step: 5, loss: 0 }, ...losses],
    parseOptions(trainingOptionsSchema, { learning_rate: 1, ...options }),
  );

it('compares by the loss, less being better; other metrics are better when greater, unless the options say more', () => {
  expect(best({})).toEqual({ best_global_step: 40, best_metric: 1.4, exhausted: false });
  expect(best({ metric_for_best_model: 'eval_loss', greater_is_better: true })).toMatchObject({
    best_global_step: 10,
  });
  expect(best({ metric_for_best_model: 'rewards/accuracies' })).toMatchObject({
    best_global_step: 40,
    best_metric: 3,
  });
});

it('stays exhausted, however good a later evaluation is', () => {
  expect(best({ early_stopping_patience: 1 })).toMatchObject({ best_global_step: 40, exhausted: true });
  expect(best({ early_stopping_patience: 2 })).toMatchObject({ exhausted: false });
});
