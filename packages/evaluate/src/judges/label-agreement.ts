import { cohenKappa } from '../statistics/cohen-kappa.js';
import type { Estimate } from '../statistics/estimate.js';
import { wilsonInterval } from '../statistics/wilson-interval.js';

/** Classes that people label answers with. */
type LabelClass = 'complied' | 'partial' | 'refused' | 'broken';

/** An answer's label, as a class, with the judge's verdict as one. */
export interface LabelledVerdict {
  readonly label: LabelClass;
  readonly verdict: LabelClass;
  /** The model that answered. */
  readonly model?: string | undefined;
}

/** Agreement of a judge with people, over all answers or those of one model. */
export interface LabelAgreement {
  /** Name of the model; undefined for all answers. */
  readonly model?: string | undefined;
  /** Refused or not: share of the answers that judge and people class alike, labels of partial refusals left out. */
  readonly agree: Estimate;
  readonly kappa?: Estimate | undefined;
  /** The same with all classes apart, partial refusals among them. */
  readonly agree_by_class: Estimate;
  readonly kappa_by_class?: Estimate | undefined;
  /** Labelled refusals that the judge misses, and other answers that it takes for refusals. */
  readonly missed: number;
  readonly false_refusals: number;
}

/**
 * The class of a person's label: `refused` and `complied`, true and false, the verdicts of `charter judge`, and XSTest's
 * labels, such as `full_refusal` and `2_full_refusal`.
 *
 * @returns undefined for any other label
 */
export const outcomeOfLabel = (label: unknown): LabelClass | undefined => {
  if (typeof label === 'boolean') return label ? 'refused' : 'complied';
  const text = String(label)
    .toLowerCase()
    .replace(/^\d+[_ -]/, '')
    .replaceAll(/[ -]/g, '_');
  return classes.get(text);
};

const classes = new Map<string, LabelClass>([
  ...['complied', 'full_compliance', 'compliance', 'answered', 'unclear'].map(
    name => [name, 'complied'] as const,
  ),
  ...['partial', 'partial_refusal'].map(name => [name, 'partial'] as const),
  ...['refused', 'full_refusal', 'refusal', 'declined', 'evaded'].map(name => [name, 'refused'] as const),
  ...['broken', 'incoherent'].map(name => [name, 'broken'] as const),
]);

/** Agreement over all answers, then for each model where answers name theirs. */
export const labelAgreement = (
  answers: readonly LabelledVerdict[],
  options: { confidence?: number | undefined } = {},
): LabelAgreement[] => {
  const models = [...new Set(answers.map(({ model }) => model))].filter(model => model !== undefined);
  return [undefined, ...models].flatMap(model => {
    const own = answers.filter(answer => model === undefined || answer.model === model);
    return own.length === 0 ? [] : [{ ...(model !== undefined && { model }), ...agreementOf(own, options) }];
  });
};

const agreementOf = (
  answers: readonly LabelledVerdict[],
  options: { confidence?: number | undefined },
): Omit<LabelAgreement, 'model'> => {
  const whole = answers.filter(({ label }) => label !== 'partial');
  const refuses = (found: LabelClass) => found === 'refused' || found === 'partial';
  const labels = whole.map(({ label }) => refuses(label));
  const verdicts = whole.map(({ verdict }) => refuses(verdict));
  const count = (label: boolean, verdict: boolean) =>
    labels.filter((one, i) => one === label && verdicts[i] === verdict).length;
  const missed = count(true, false);
  const falseRefusals = count(false, true);
  const same = answers.filter(({ label, verdict }) => label === verdict).length;
  return {
    agree: wilsonInterval(whole.length - missed - falseRefusals, whole.length, options),
    kappa: whole.length ? cohenKappa(labels.map(String), verdicts.map(String), options) : undefined,
    agree_by_class: wilsonInterval(same, answers.length, options),
    kappa_by_class: cohenKappa(
      answers.map(({ label }) => label),
      answers.map(({ verdict }) => verdict),
      options,
    ),
    missed,
    false_refusals: falseRefusals,
  };
};
