import type { MetricsEntry } from '../metrics/metrics-log.js';
import { TrainingError } from '../training-error.js';
import type { TrainingOptions } from '../training-options.js';

/** Where a run stands by the metric that its evaluations are compared by. */
export interface BestEvaluation {
  readonly best_global_step: number | undefined;
  readonly best_metric: number | undefined;
  /** True when `early_stopping_patience` evaluations in a row gained nothing. */
  readonly exhausted: boolean;
}

type Options = Pick<
  TrainingOptions,
  | 'load_best_model_at_end'
  | 'metric_for_best_model'
  | 'greater_is_better'
  | 'early_stopping_patience'
  | 'early_stopping_threshold'
>;

/** True when the run compares its evaluations. */
export const comparesEvaluations = (options: Options): boolean =>
  options.load_best_model_at_end || options.early_stopping_patience !== undefined;

/**
 * The best of the evaluations so far. As in transformers' trainer, a later one must be better to be the best, and better
 * by more than `early_stopping_threshold` to start the patience anew; without `greater_is_better`, a metric whose name
 * ends with "loss" is better when it is less.
 *
 * @param entries metrics of the run, oldest first: a resumed run stands where the same run stood
 * @throws {TrainingError} when an evaluation lacks the metric
 */
export const bestEvaluation = (entries: readonly MetricsEntry[], options: Options): BestEvaluation => {
  const { metric_for_best_model = 'loss', early_stopping_patience = Number.POSITIVE_INFINITY } = options;
  const name = metricName(metric_for_best_model);
  const sign = (options.greater_is_better ?? !name.endsWith('loss')) ? 1 : -1;
  let best: { step: number; value: number } | undefined;
  let without_gain = 0;
  let exhausted = false;
  for (const entry of entries) {
    if (!('eval_loss' in entry)) continue;
    const value = entry[name];
    if (value === undefined) {
      const others = Object.keys(entry).filter(key => key.startsWith('eval_'));
      throw new TrainingError(
        `metric_for_best_model: the evaluation after step ${entry.step} has no ${name}. It has ${others.join(', ')}.`,
      );
    }
    const gain = best ? sign * (value - best.value) : Number.POSITIVE_INFINITY;
    without_gain = gain > options.early_stopping_threshold ? 0 : without_gain + 1;
    exhausted ||= without_gain >= early_stopping_patience;
    if (gain > 0) best = { step: entry.step, value };
  }
  return { best_global_step: best?.step, best_metric: best?.value, exhausted };
};

/** Name of a metric in an evaluation's entry: `loss` and `eval_loss` are the same. */
export const metricName = (name: string): string => (name.startsWith('eval_') ? name : `eval_${name}`);
