import { expect, test } from 'vitest';
import { rotaryTables } from './rope.js';
import { inverseFrequencies } from './rope-frequencies.js';

test('default frequencies are those of Su et al., linear scaling divides them', () => {
  const plain = inverseFrequencies({ rope_type: 'default', rope_theta: 10000 }, 8);
  plain.forEach((frequency, i) => {
    expect(frequency).toBeCloseTo(10 ** -i, 7);
  });
  expect(inverseFrequencies({ rope_type: 'linear', rope_theta: 10000, factor: 4 }, 8)).toEqual(
    plain.map(f => Math.fround(f / 4)),
  );
});

test('llama3 scaling gives the frequencies of transformers 5.23', () => {
  // LlamaRotaryEmbedding(LlamaConfig(head_dim=12, rope_parameters=…)).inv_freq
  const expected = [
    1, 0.03304104879498482, 0.005801985505968332, 0.0012499999720603228, 0.0002693042915780097,
    5.801986844744533e-5,
  ];
  const rope = {
    rope_type: 'llama3',
    rope_theta: 10000,
    factor: 8,
    low_freq_factor: 1,
    high_freq_factor: 4,
    original_max_position_embeddings: 32,
  } as const;
  inverseFrequencies(rope, 12).forEach((frequency, i) => {
    expect(Math.abs(frequency / expected[i]! - 1)).toBeLessThan(2 ** -22);
  });
});

test('tables hold a row for each position', () => {
  const { cos, sin } = rotaryTables({ rope_type: 'default', rope_theta: 10000 }, 4, [0, 1, 2]);
  expect(cos.shape).toEqual([3, 2]);
  expect([...cos.data].map(x => +x.toFixed(6))).toEqual([1, 1, 0.540302, 0.99995, -0.416147, 0.9998]);
  expect([...sin.data].map(x => +x.toFixed(6))).toEqual([0, 0, 0.841471, 0.01, 0.909297, 0.019999]);
});
