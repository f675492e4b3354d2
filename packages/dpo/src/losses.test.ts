import { Graph, gradients, mean, sub, sum } from '@charter/tensor';
import { evaluate } from '@charter/tensor/testing';
import { describe, expect, it } from 'vitest';
import golden from '../../../fixtures/losses/dpo.json' with { type: 'json' };
import { type LossType, losses } from './losses.js';

/** What TRL can vary and no row of our table has. */
const plain = {
  loss_weights: null,
  f_divergence_type: 'reverse_kl',
  ld_alpha: null,
  use_weighting: false,
} as const;

const cases = golden.cases.filter(
  ({ loss_type, ...options }) =>
    loss_type.length === 1 &&
    loss_type[0]! in losses &&
    Object.entries(plain).every(([name, value]) => options[name as keyof typeof plain] === value),
);
const total = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const numbers = (data: readonly number[]) => ({ data: Float64Array.from(data), shape: [data.length] });

describe('losses', () => {
  for (const { loss_type, beta, ...expected } of cases) {
    const [name] = loss_type as [LossType];
    it(`${name} with beta ${beta}, label_smoothing ${expected.label_smoothing} agrees with TRL, and so does its gradient`, () => {
      const graph = new Graph();
      const [chosen, rejected, referenceChosen, referenceRejected] = [
        'chosen',
        'rejected',
        'reference chosen',
        'reference rejected',
      ].map(input => graph.input(input, 'float32', ['pairs']));
      const ratios = {
        chosen: sub(chosen!, referenceChosen!),
        rejected: sub(rejected!, referenceRejected!),
      };
      const loss = mean(losses[name](ratios, { beta }), { axes: [0] });
      graph.output('loss', loss);
      gradients(loss, [chosen!, rejected!]).forEach((g, i) => {
        graph.output(`g${i}`, g!);
      });
      // Five chosen answers, then five rejected ones.
      const logps = golden.token_log_probs.map(total);
      const {
        loss: found,
        g0,
        g1,
      } = evaluate(graph, {
        chosen: numbers(logps.slice(0, 5)),
        rejected: numbers(logps.slice(5)),
        'reference chosen': numbers(golden.reference_log_probs.slice(0, 5)),
        'reference rejected': numbers(golden.reference_log_probs.slice(5)),
      });
      expect(found!.data[0]).toBeCloseTo(expected.loss, 6);
      // A sum's gradient is the same for each of its tokens.
      [...g0!.data, ...g1!.data].forEach((g, answer) => {
        for (const token of expected.gradient[answer]!) expect(g, `answer ${answer}`).toBeCloseTo(token, 7);
      });
    });
  }

  it('has a golden case for every row of the table', () => {
    expect(new Set(cases.map(({ loss_type }) => loss_type[0]))).toEqual(new Set(Object.keys(losses)));
  });

  it('is log 2 where policy and reference agree, and stays finite far away', () => {
    const graph = new Graph();
    const [chosen, rejected] = ['chosen', 'rejected'].map(name => graph.input(name, 'float32', ['pairs']));
    const loss = losses.sigmoid({ chosen: chosen!, rejected: rejected! }, { beta: 0.1 });
    graph.output('loss', loss);
    graph.output('total', sum(loss, { axes: [0] }));
    const at = evaluate(graph, { chosen: numbers([-3, 1e4, -1e4]), rejected: numbers([-3, -1e4, 1e4]) });
    expect(at.loss!.data[0]).toBeCloseTo(Math.LN2, 12);
    expect([at.loss!.data[1], at.loss!.data[2]]).toEqual([0, 2000]);
  });
});
