import { parseOptions } from '@charter/trainer';
import { describe, expect, it } from 'vitest';
import { type DpoOptionsInput, dpoOptionsSchema, dpoRequestOptionsSchema } from './dpo-options.js';

describe.each([
  ['of a file', dpoOptionsSchema],
  ['of a request', dpoRequestOptionsSchema],
])('options %s', (_name, schema) => {
  const parsed = (options: Partial<DpoOptionsInput>) => parseOptions(schema, options);

  it('take one loss or several', () => {
    expect(parsed({}).loss_type).toEqual(['sigmoid']);
    expect(parsed({ loss_type: 'ipo' }).loss_type).toEqual(['ipo']);
    expect(parsed({ loss_type: ['sigmoid', 'sft'], loss_weights: [1, 0.2] })).toMatchObject({
      loss_type: ['sigmoid', 'sft'],
      loss_weights: [1, 0.2],
    });
  });

  it.each([
    [
      { label_smoothing: 0.1 },
      /label_smoothing: has no effect on sigmoid; it belongs to robust, exo_pair, aot/,
    ],
    [{ loss_type: 'sft', beta: 0.5 }, /beta: has no effect on sft/],
    [{ discopop_tau: 0.1 }, /discopop_tau: has no effect on sigmoid; it belongs to discopop/],
    [{ f_alpha_divergence_coef: 0.7 }, /f_alpha_divergence_coef: has no effect without f_divergence_type/],
    [
      { loss_type: 'bco_pair', f_divergence_type: 'forward_kl' },
      /f_divergence_type: has no effect on bco_pair/,
    ],
  ] as const)('that no loss of the run looks at are refused: %j', (options, message) => {
    expect(() => parsed(options as Partial<DpoOptionsInput>)).toThrow(message);
  });

  it.each([
    [
      { loss_type: ['sigmoid', 'sft'], loss_weights: [1] },
      /loss_weights: 1 weights for 2 losses \(sigmoid, sft\); give one for each/,
    ],
    [
      { loss_type: ['sigmoid', 'bco_pair'], f_divergence_type: 'js_divergence' },
      /f_divergence_type: js_divergence is not defined for bco_pair/,
    ],
    [{ loss_type: 'robust', label_smoothing: 0.5 }, /label_smoothing: must be below 0\.5 for robust/],
    [{ loss_type: 'exo_pair' }, /label_smoothing: must be above 0 for exo_pair; its paper recommends 0\.001/],
    [{ loss_type: 'sigmiod' }, /loss_type: "sigmiod" is no loss\. The losses are sigmoid, hinge, ipo, /],
    [{ loss_type: ['sigmoid', 'rpo'] }, /loss_type: "rpo" is no loss/],
    [{ loss_type: { name: 'mine' } }, /loss_type: \{"name":"mine"\} is no loss.* \{ name, uses, loss \}/],
  ] as const)('that do not fit together are named: %j', (options, message) => {
    expect(() => parsed(options as unknown as Partial<DpoOptionsInput>)).toThrow(message);
  });
});
