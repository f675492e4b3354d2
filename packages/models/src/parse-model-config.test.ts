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
      'some/config.json: model_type is "gpt2"; supported are llama, mistral, qwen2, qwen3.',
    ],
    [{ model_type: undefined }, 'some/config.json: there is no model_type; supported are'],
    [{ hidden_act: 'gelu' }, 'some/config.json: hidden_act: only "silu" is supported.'],
    [
      { rope_scaling: { type: 'yarn', factor: 4 } },
      'rope_parameters.rope_type: rope_type "yarn" is not supported',
    ],
    [{ num_key_value_heads: 4 }, 'num_key_value_heads: 4 does not divide the 9 heads'],
    [{ hidden_size: undefined }, 'hidden_size: Invalid input'],
    [{ quantization_config: { bits: 4 } }, 'quantization_config: the weights are quantized'],
    [{ rope_parameters: { partial_rotary_factor: 0.5 } }, 'partial_rotary_factor: 0.5 is not supported'],
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
