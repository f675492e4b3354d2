import { describe, expect, test } from 'vitest';
import { gatherRopeParameters, ropeParametersSchema } from '../config/rope-parameters.js';
import { inverseFrequencies } from './rope-frequencies.js';

// transformers 5.23.0: ROPE_INIT_FUNCTIONS['yarn'](config, 'cpu') of a Llama with heads of 16.
const cases = [
  {
    rope: { factor: 4, original_max_position_embeddings: 64, rope_theta: 10000 },
    frequencies: [
      1, 0.237170815, 0.049999997, 0.00790569466, 0.00249999994, 0.000790569466, 0.000250000012,
      7.90569466e-5,
    ],
    attention_factor: 1.138629436111989,
  },
  {
    rope: {
      factor: 8,
      original_max_position_embeddings: 128,
      rope_theta: 10000,
      beta_fast: 16,
      beta_slow: 2,
      truncate: false,
      mscale: 0.7,
      mscale_all_dim: 1.2,
    },
    frequencies: [
      1, 0.195175499, 0.0132751297, 0.00395284733, 0.00124999997, 0.000395284733, 0.000125000006,
      3.95284733e-5,
    ],
    attention_factor: 0.9167912505456107,
  },
];

describe('YaRN', () => {
  test.each(cases)('has the frequencies of transformers: factor $rope.factor', ({ rope, ...expected }) => {
    const max_position_embeddings = rope.original_max_position_embeddings * rope.factor;
    const parameters = ropeParametersSchema.parse(
      gatherRopeParameters({
        max_position_embeddings,
        rope_parameters: { rope_type: 'yarn', ...rope },
      } as never),
    );
    const frequencies = inverseFrequencies(parameters, 16);
    for (const [i, value] of expected.frequencies.entries()) {
      expect(frequencies[i]! / value, `frequency ${i}`).toBeCloseTo(1, 6);
    }
    expect(parameters).toMatchObject({ attention_factor: expect.closeTo(expected.attention_factor, 12) });
  });
});
