import { div, Graph, gradients, sub, sum } from '@charter/tensor';
import { evaluate } from '@charter/tensor/testing';
import { describe, expect, it } from 'vitest';
import trl from '../../../fixtures/losses/dpo.json' with { type: 'json' };
import { type DpoOptions, dpoOptionsSchema } from './dpo-options.js';
import { type LossType, losses } from './losses.js';
import { weightedLoss } from './weighted-loss.js';

/** Numbers of each reference implementation. A loss that TRL lacks adds a file of this form, made by its authors' code. */
const references = [trl];
/** `use_weighting` (WPO) is TRL's alone, and `ld_alpha` weighs tokens before a loss sees them: dpo.test.ts. */
const cases = references.flatMap(golden =>
  golden.cases
    .filter(({ use_weighting, ld_alpha }) => !use_weighting && ld_alpha === null)
    .map(single => ({ golden, single })),
);
const total = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const numbers = (data: readonly number[]) => ({ data: Float64Array.from(data), shape: [data.length] });

const pairsIn = (graph: Graph) => {
  const input = (name: string) => graph.input(name, 'float32', ['pairs']);
  const both = (name: string) => ({ chosen: input(`${name} chosen`), rejected: input(`${name} rejected`) });
  const [policy, reference, lengths] = [both('policy'), both('reference'), both('lengths')];
  return {
    policy,
    reference,
    lengths,
    ratios: {
      chosen: sub(policy.chosen, reference.chosen),
      rejected: sub(policy.rejected, reference.rejected),
    },
    chosenTokenLogp: div(sum(policy.chosen, { axes: [0] }), graph.input('chosen tokens', 'float32', [])),
  };
};

const optionsFor = (options: object): DpoOptions => dpoOptionsSchema.parse(options);

/** Loss and its gradients by the policy's log-probabilities, in float64. */
const computed = (
  options: DpoOptions,
  policy: { chosen: number[]; rejected: number[] },
  reference = policy,
  lengths = { chosen: policy.chosen.map(() => 1), rejected: policy.chosen.map(() => 1) },
) => {
  const graph = new Graph();
  const pairs = pairsIn(graph);
  const loss = graph.output('loss', weightedLoss(pairs, options));
  const found = gradients(loss, [pairs.policy.chosen, pairs.policy.rejected]);
  found.forEach((g, i) => {
    if (g) graph.output(`g${i}`, g);
  });
  const given = { policy, reference, lengths };
  const feeds = Object.entries(given).flatMap(([name, { chosen, rejected }]) => [
    [`${name} chosen`, numbers(chosen)],
    [`${name} rejected`, numbers(rejected)],
  ]);
  const tokens = { data: Float64Array.of(total(lengths.chosen)), shape: [] };
  const wanted = Object.fromEntries(
    [...feeds, ['chosen tokens', tokens]].filter(([name]) => graph.inputs.has(name as string)),
  );
  const out = evaluate(graph, wanted);
  const gradient = found.flatMap((g, i) => (g ? [...out[`g${i}`]!.data] : policy.chosen.map(() => 0)));
  return { loss: out.loss!.data[0]!, gradient };
};

describe('losses', () => {
  for (const { golden, single } of cases) {
    const { loss_type, loss: expected, gradient, ...settings } = single;
    const told = Object.entries(settings)
      .filter(([name, value]) => value !== null && name in dpoOptionsSchema.shape)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ');
    it(`${loss_type.join(' + ')} agrees with its reference implementation in value and gradient: ${told}`, () => {
      // TRL takes options that its loss ignores; we refuse them, so the bare loss is called.
      const options = {
        ...optionsFor({}),
        ...settings,
        loss_type: loss_type as LossType[],
      } as unknown as DpoOptions;
      // Five chosen answers, then five rejected ones.
      const split = (values: readonly number[]) => ({
        chosen: values.slice(0, 5),
        rejected: values.slice(5),
      });
      const logps = golden.token_log_probs.map(total);
      const lengths = golden.token_log_probs.map(({ length }) => length);
      const found = computed(options, split(logps), split(golden.reference_log_probs), split(lengths));
      expect(found.loss / expected).toBeCloseTo(1, 5);
      // A sum's gradient is the same for each of its tokens.
      found.gradient.forEach((g, answer) => {
        for (const token of gradient[answer]!) expect(g, `answer ${answer}`).toBeCloseTo(token, 6);
      });
    });
  }

  it('has a golden case for every row of the table', () => {
    expect(new Set(cases.flatMap(({ single }) => single.loss_type))).toEqual(new Set(Object.keys(losses)));
  });

  it('sigmoid is log 2 where policy and reference agree, and grows in a straight line far away', () => {
    const agree = { chosen: [-3, -9], rejected: [-4, -1] };
    expect(computed(optionsFor({}), agree).loss).toBeCloseTo(Math.LN2, 12);
    const far = computed(optionsFor({}), { chosen: [-1e4], rejected: [1e4] }, { chosen: [0], rejected: [0] });
    expect(far.loss).toBe(2000);
  });

  it('every loss and its gradient are finite, however far the policy is from its reference', () => {
    const reference = { chosen: [0, 0], rejected: [0, 0] };
    for (const loss_type of Object.keys(losses) as LossType[]) {
      const options = optionsFor({ loss_type, ...(loss_type === 'exo_pair' && { label_smoothing: 1e-3 }) });
      const { loss, gradient } = computed(
        options,
        { chosen: [-900, -1200], rejected: [900, 400] },
        reference,
      );
      expect([loss, ...gradient].every(Number.isFinite), loss_type).toBe(true);
    }
  });

  it('aot ranks equal margins by their order', () => {
    const { loss, gradient } = computed(
      optionsFor({ loss_type: 'aot' }),
      { chosen: [-2, -2, -2], rejected: [-5, -5, -5] },
      { chosen: [-1, -3, -2], rejected: [-4, -6, -5] },
    );
    expect(loss).toBeCloseTo(Math.LN2, 12);
    for (const g of gradient.slice(0, 3)) expect(g).toBeCloseTo(-0.05 / 3, 12);
  });
});
