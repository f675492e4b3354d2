import { describe, expect, test } from 'vitest';
import { parseModelConfig } from './parse-model-config.js';

const smollm2 = {
  model_type: 'llama',
  vocab_size: 49152,
  hidden_size: 576,
  intermediate_size: 1536,
  num_hidden_layers: 2,
  num_attention_heads: 9,
  num_key_value_heads: 3,
  max_position_embeddings: 8192,
  rope_theta: 100000,
  rms_norm_eps: 1e-5,
  tie_word_embeddings: true,
};
const of = (changes: object) => parseModelConfig({ ...smollm2, ...changes }, 'some/config.json');

describe('a config.json', () => {
  test('is completed with what follows from it', () => {
    const config = of({});
    expect(config.head_dim).toBe(64);
    expect(config.rope_parameters).toEqual({ rope_type: 'default', rope_theta: 100000 });
    expect(config.layer_types).toEqual(['full_attention', 'full_attention']);
    expect(of({ num_key_value_heads: undefined }).num_key_value_heads).toBe(9);
  });

  test('means the same in the spelling of transformers 4 and 5', () => {
    const scaling = {
      factor: 8,
      low_freq_factor: 1,
      high_freq_factor: 4,
      original_max_position_embeddings: 512,
    };
    const five = of({
      rope_theta: undefined,
      rope_parameters: { rope_type: 'llama3', rope_theta: 5e5, ...scaling },
    });
    expect(of({ rope_theta: 5e5, rope_scaling: { rope_type: 'llama3', ...scaling } })).toEqual(five);
    expect(of({ rope_theta: 5e5, rope_scaling: { type: 'linear', factor: 2 } }).rope_parameters).toEqual({
      rope_type: 'linear',
      rope_theta: 5e5,
      factor: 2,
    });
  });

  test('read again is the same', () => {
    const config = of({
      model_type: 'qwen2',
      use_sliding_window: true,
      sliding_window: 16,
      max_window_layers: 1,
    });
    expect(parseModelConfig(config)).toEqual({ ...config });
  });

  test('of Gemma 3 means the same in the spelling of transformers 4 and 5', () => {
    const gemma = { model_type: 'gemma3_text', num_hidden_layers: 7, head_dim: 64, rope_theta: undefined };
    const scaling = { rope_type: 'linear', factor: 8 };
    const five = of({
      ...gemma,
      rope_parameters: {
        sliding_attention: { rope_type: 'default', rope_theta: 20_000 },
        full_attention: { ...scaling, rope_theta: 500_000 },
      },
    });
    const four = { ...gemma, rope_theta: 500_000, rope_local_base_freq: 20_000, rope_scaling: scaling };
    expect(of(four)).toEqual(five);
    expect(parseModelConfig(five)).toEqual(five);
    expect(five.rope_parameters).toEqual({ ...scaling, rope_theta: 500_000 });
    expect(five.layer_types.indexOf('full_attention')).toBe(5);
    expect(of({ ...gemma, sliding_window_pattern: 2 }).layer_types.slice(0, 2)).toEqual([
      'sliding_attention',
      'full_attention',
    ]);
    expect(of(gemma)).toMatchObject({
      rope_parameters: { rope_type: 'default', rope_theta: 1_000_000 },
      rope_local_base_freq: 10_000,
      query_pre_attn_scalar: 256,
      hidden_act: 'gelu_pytorch_tanh',
    });
  });

  test('of a Phi-3 for 128k tokens keeps both sets of frequencies, under any of their names', () => {
    const scaling = { short_factor: Array(24).fill(1.1), long_factor: Array(24).fill(9) };
    const phi = (type: string) =>
      of({
        model_type: 'phi3',
        max_position_embeddings: 131_072,
        original_max_position_embeddings: 4096,
        partial_rotary_factor: 0.75,
        rope_scaling: { type, ...scaling },
      });
    expect(phi('su')).toMatchObject({
      max_position_embeddings: 131_072,
      rope_parameters: {
        rope_type: 'longrope',
        partial_rotary_factor: 0.75,
        original_max_position_embeddings: 4096,
        ...scaling,
      },
    });
    // sqrt(1 + log(131072 / 4096) / log(4096))
    expect(phi('su').rope_parameters).toHaveProperty('attention_factor', Math.sqrt(1 + 5 / 12));
    for (const name of ['yarn', 'longrope']) expect(phi(name)).toEqual(phi('su'));
    expect(parseModelConfig(phi('su'))).toEqual(phi('su'));
  });

  test('with dynamic scaling scales from max_position_embeddings on, whatever else it says, as transformers does', () => {
    const scaling = { rope_type: 'dynamic', factor: 2, original_max_position_embeddings: 64 };
    const dynamic = of({ rope_scaling: scaling });
    expect(dynamic.rope_parameters).toHaveProperty('original_max_position_embeddings', 8192);
    expect(parseModelConfig(dynamic)).toEqual(dynamic);
  });

  test('has the defaults of its own architecture', () => {
    expect(of({ model_type: 'mistral' })).toMatchObject({
      sliding_window: 4096,
      layer_types: ['sliding_attention', 'sliding_attention'],
    });
    expect(of({ model_type: 'mistral', sliding_window: null }).layer_types).not.toContain(
      'sliding_attention',
    );
    expect(of({ model_type: 'qwen3' }).head_dim).toBe(128);
    const sliding = { use_sliding_window: true, sliding_window: 16, max_window_layers: 1 };
    expect(of({ model_type: 'qwen2', ...sliding }).layer_types).toEqual([
      'full_attention',
      'sliding_attention',
    ]);
    expect(of({ model_type: 'qwen2', ...sliding, use_sliding_window: false }).sliding_window).toBeNull();
  });

  test.each([
    [
      { model_type: 'gpt2' },
      'some/config.json: model_type is "gpt2"; supported are gemma3_text, llama, mistral, phi3, qwen2, qwen3.',
    ],
    [{ model_type: undefined }, 'some/config.json: there is no model_type; supported are'],
    [{ hidden_act: 'gelu' }, 'some/config.json: hidden_act: only "silu" is supported.'],
    [
      { rope_scaling: { type: 'proportional', factor: 4 } },
      'rope_parameters.rope_type: rope_type "proportional" is not supported',
    ],
    [{ num_key_value_heads: 4 }, 'num_key_value_heads: 4 does not divide the 9 heads'],
    [{ hidden_size: undefined }, 'hidden_size: Invalid input'],
    [{ quantization_config: { bits: 4 } }, 'quantization_config: the weights are quantized'],
    [{ rope_parameters: { partial_rotary_factor: 0.5 } }, 'partial_rotary_factor: 0.5 is not supported'],
    [
      { model_type: 'gemma3_text', final_logit_softcapping: 30 },
      'final_logit_softcapping: a cap on logits is not supported',
    ],
    [
      {
        model_type: 'gemma3_text',
        rope_parameters: { sliding_attention: { rope_type: 'linear', factor: 2 } },
      },
      'rope_parameters.sliding_attention.rope_type: only "default" is supported',
    ],
    [
      {
        model_type: 'phi3',
        rope_scaling: { type: 'longrope', short_factor: [1, 2], long_factor: [1, 2] },
      },
      'rope_parameters.short_factor: there are 2 factors for 32 frequencies',
    ],
    [
      {
        model_type: 'phi3',
        rope_scaling: { type: 'longrope', short_factor: Array(32).fill(1), long_factor: [1, 2] },
      },
      'rope_parameters.long_factor: there are 2 factors for 32 frequencies',
    ],
    // Damaged numbers, before a graph of their size is built.
    [{ num_hidden_layers: 1e9 }, 'num_hidden_layers: Too big: expected number to be <=1000'],
    [{ head_dim: 2 ** 31 }, 'head_dim: Too big: expected number to be <=1048576'],
    [{ vocab_size: 2 ** 53 }, 'vocab_size: Too big'],
    [
      { model_type: 'gemma3_text', rope_parameters: { sliding_attention: 'x' } },
      'rope_parameters.sliding_attention: Invalid input: expected object',
    ],
  ])('that cannot be run is refused with the reason: %j', (changes, message) => {
    expect(() => of(changes)).toThrow(message);
  });

  test('that is refused carries its facts and the mark of a user error', () => {
    const error = (() => {
      try {
        return of({ hidden_act: 'gelu' });
      } catch (error) {
        return error;
      }
    })();
    expect(error).toMatchObject({
      name: 'ModelConfigError',
      where: 'some/config.json',
      field: 'hidden_act',
      [Symbol.for('charter.error')]: true,
    });
  });
});
