import { describe, expect, it } from 'vitest';
import { MetricMeans } from './metric-means.js';

describe('MetricMeans', () => {
  it('are means over the times that a name was added, and start anew once taken', () => {
    const averages = new MetricMeans();
    averages.add({ loss: 1, entropy: 4 });
    averages.add({ loss: 2 });
    expect(averages.take()).toEqual({ loss: 1.5, entropy: 4 });
    averages.add({ loss: 7 });
    expect(averages.take()).toEqual({ loss: 7 });
  });

  it('go on from where they were written down', () => {
    const averages = new MetricMeans();
    averages.add({ loss: 1 });
    const again = MetricMeans.from(JSON.parse(JSON.stringify(averages)));
    again.add({ loss: 2 });
    expect(again.take()).toEqual({ loss: 1.5 });
  });
});
