import { type MetricsEntry, MonitorSet } from '@charter/trainer';
import { describe, expect, it } from 'vitest';
import { dpoMonitors } from './dpo-monitors.js';
import type { LossType } from './losses.js';

interface Run {
  margin?: (i: number) => number;
  chosen?: (i: number) => number;
  learning_rate?: number;
  steps?: number;
  loss_type?: LossType[];
  identical?: number;
}

/** Warnings of a run with these metrics. */
const saidIn = ({
  margin = i => 0.02 * (i + 1),
  chosen = () => 0.1,
  learning_rate = 5e-6,
  steps = 40,
  loss_type = ['sigmoid'],
  identical = 0,
}: Run) => {
  const watch = new MonitorSet(dpoMonitors({ beta: 0.1, loss_type }, { pairs: 20, identical }));
  return Array.from(
    { length: steps },
    (_, i): MetricsEntry => ({
      step: i + 1,
      loss: Math.log1p(Math.exp(-margin(i))),
      learning_rate,
      'rewards/margins': margin(i),
      'rewards/chosen': chosen(i),
    }),
  ).flatMap(entry => watch.observe(entry));
};

describe('DPO monitors', () => {
  it('are silent in a run that learns', () => {
    expect(saidIn({})).toEqual([]);
  });

  it('a loss stuck at 0.693: the learning rate is too low', () => {
    const [warning, ...others] = saidIn({ margin: i => 1e-3 * Math.sin(i) });
    expect(others).toEqual([]);
    expect(warning).toMatchObject({ step: 10, monitor: 'loss stuck' });
    expect(warning!.message).toMatch(
      /^The loss is stuck at 0\.693 after 10 steps: .*5\.0e-6.*raise learning_rate\.$/,
    );
  });

  it('a loss stuck at 0.693: answers that are equal', () => {
    const [warning] = saidIn({ margin: () => 0, identical: 15 });
    expect(warning!.message).toMatch(/15 of 20 pairs have equal answers.*raise max_length/);
  });

  it('a warm-up that has not begun to move is not stuck', () => {
    expect(saidIn({ margin: () => 0, learning_rate: 0 })).toEqual([]);
    expect(saidIn({ margin: () => 0, steps: 9 })).toEqual([]);
  });

  it('margins exploding: the policy leaves its reference', () => {
    const warnings = saidIn({ margin: i => 0.9 * i });
    expect(warnings.map(({ monitor }) => monitor)).toEqual(['margins exploding']);
    expect(warnings[0]!.message).toMatch(
      /^rewards\/margins has grown to 1\d\.\d: .*lower learning_rate.*raise beta \(now 0\.1\)/,
    );
  });

  it('chosen reward falling: the sft term helps, or more of it', () => {
    const falling = { chosen: (i: number) => -0.02 * i, margin: (i: number) => 0.03 * (i + 1) };
    const warnings = saidIn(falling);
    expect(warnings.map(({ monitor }) => monitor)).toEqual(['chosen reward falling']);
    expect(warnings[0]!.message).toMatch(
      /^rewards\/chosen falls \(-0\.\d+, after -0\.\d+\): .*nats.*add sft to loss_type/,
    );
    const [withSft] = saidIn({ ...falling, loss_type: ['sigmoid', 'sft'] });
    expect(withSft!.message).toContain('give sft more weight in loss_weights');
  });

  it('a chosen reward that recovers is none', () => {
    expect(saidIn({ chosen: i => -0.5 + 0.01 * i })).toEqual([]);
  });

  it('each line names what is seen, why, and an option, on one line', () => {
    const all = [
      ...saidIn({ margin: () => 0 }),
      ...saidIn({ margin: i => i }),
      ...saidIn({ chosen: i => -i }),
    ];
    expect(all).toHaveLength(3);
    for (const { message } of all) expect(message).toMatch(/^[^\n]+(raise|lower|add) [^\n]+\.$/);
  });
});
