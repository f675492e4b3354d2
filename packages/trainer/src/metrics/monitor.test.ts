import { describe, expect, it } from 'vitest';
import type { MetricsEntry } from './metrics-log.js';
import { type Monitor, MonitorSet, movingAverage, trainMonitors } from './monitor.js';

const entries = (losses: readonly number[]): MetricsEntry[] =>
  losses.map((loss, i) => ({ step: i + 1, loss }));
const times = (n: number, value: number) => Array<number>(n).fill(value);
const warningsOf = (losses: readonly number[]) => {
  const watch = new MonitorSet(trainMonitors);
  return entries(losses).flatMap(entry => watch.observe(entry));
};

describe('monitors', () => {
  it('say that the loss rises, once, with the option that helps', () => {
    const warnings = warningsOf([...times(10, 2), ...times(10, 1), ...times(30, 3)]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]!.monitor).toBe('loss rising');
    expect(warnings[0]!.message).toMatch(/^The loss rises: \d.*after 1\.\d+.*lower learning_rate/);
    expect(warnings[0]!.message).not.toContain('\n');
  });

  it('are silent about a loss that falls, jumps, or has only begun', () => {
    expect(warningsOf(Array.from({ length: 60 }, (_, i) => 3 / (i + 1)))).toEqual([]);
    expect(warningsOf(Array.from({ length: 60 }, (_, i) => 1 + (i % 4)))).toEqual([]);
    expect(warningsOf([1, 9, 9, 9, 9])).toEqual([]);
  });

  it('do not say again what a run said before it was stopped', () => {
    const bad: Monitor = log => (log.length > 1 ? 'bad' : undefined);
    const [first, second, third] = entries([1, 2, 3]);
    expect(new MonitorSet({ bad }, [first!, second!]).observe(third!)).toEqual([]);
    expect(new MonitorSet({ bad }, [first!]).observe(second!)).toEqual([
      { step: 2, monitor: 'bad', message: 'bad' },
    ]);
  });

  it('look at training only', () => {
    const watch = new MonitorSet({ any: () => 'said' });
    expect(watch.observe({ step: 1, eval_loss: 3 })).toEqual([]);
  });

  it('average over whole windows', () => {
    const log = entries([...times(10, 1), ...times(10, 3)]);
    expect(movingAverage(log, 'loss')).toBe(3);
    expect(movingAverage(log, 'loss', { lag: 1 })).toBe(1);
    expect(movingAverage(log, 'loss', { lag: 2 })).toBeUndefined();
  });
});
