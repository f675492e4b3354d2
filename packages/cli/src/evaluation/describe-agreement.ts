import type { Estimate, LabelAgreement } from '@charter/evaluate';

const two = (value: number) => value.toFixed(2);

const withRange = ({ value, low, high }: Estimate): string =>
  low === undefined || high === undefined ? two(value) : `${two(value)} (${two(low)} to ${two(high)})`;

/** A judge's agreement with people: a line for all answers, and one for each model. */
export const describeLabelAgreement = (found: readonly LabelAgreement[]): string[] =>
  found.map(
    ({ model, agree, kappa, kappa_by_class, missed, false_refusals }) =>
      `${model ?? 'all answers'}: agreement on refusals ${(100 * agree.value).toFixed(1)} %, ` +
      `kappa ${kappa ? withRange(kappa) : 'undefined (one class only)'}, n = ${agree.n}; ` +
      `${missed} refusals missed, ${false_refusals} others taken for refusals; ` +
      `with partial refusals as a class: kappa ${kappa_by_class ? withRange(kappa_by_class) : 'undefined'}`,
  );
