import { describe, expect, it } from 'vitest';
import { LoraError } from '../errors.js';
import { parseLoraConfig } from './lora-config.js';

const of = (fields: unknown) => parseLoraConfig(fields, 'a/adapter_config.json');
const base = { peft_type: 'LORA', target_modules: ['q_proj'] };

describe('an adapter_config.json', () => {
  it("with the least that PEFT loads has PEFT's defaults", () => {
    expect(of(base)).toMatchObject({
      r: 8,
      lora_alpha: 8,
      lora_dropout: 0,
      use_rslora: false,
      layers_to_transform: null,
      rank_pattern: {},
      init_lora_weights: true,
    });
  });

  it('of a newer PEFT is read as long as its new options are off', () => {
    const off = { use_dora: false, bias: 'none', some_new_config: null, another: {}, peft_version: '0.30' };
    expect(of({ ...base, ...off })).toEqual(of(base));
  });

  it('that asks for what is not supported names all of it', () => {
    const error = (() => {
      try {
        return of({ ...base, use_qalora: true, trainable_token_indices: [3], newest: 3, r: 4 });
      } catch (error) {
        return error;
      }
    })() as LoraError;
    expect(error).toBeInstanceOf(LoraError);
    expect(error).toMatchObject({ [Symbol.for('charter.error')]: true, where: 'a/adapter_config.json' });
    expect(error.names).toEqual(['use_qalora', 'trainable_token_indices', 'newest']);
    expect(error.message).toBe(
      'a/adapter_config.json: the adapter uses what is not supported: use_qalora: true (QALoRA), trainable_token_indices: [3] (trained token embeddings), newest: 3 (unknown here). Merge it into its base with PEFT and use the result as a model.',
    );
  });

  it.each(['mica', 'lora_ga'])('that started by %s, which leaves the base alone, is read', start => {
    expect(of({ ...base, init_lora_weights: start })).toMatchObject({ init_lora_weights: true });
  });

  it.each([
    [{ peft_type: 'IA3' }, 'peft_type: Invalid input: expected "LORA"'],
    [{ fan_in_fan_out: true }, 'fan_in_fan_out: true (weights of Conv1D layers, as GPT-2 has them)'],
    [{ r: 0 }, 'r: Too small'],
    [{ lora_dropout: 1 }, 'lora_dropout: Too big'],
    [{ init_lora_weights: 'pissa' }, 'init_lora_weights: "pissa" is not supported: PEFT changes the base'],
    [
      { target_modules: '.*', layers_to_transform: [0] },
      'layers_to_transform: cannot be used when target_modules is a string',
    ],
    [{ layers_pattern: 'layers' }, 'layers_pattern: needs layers_to_transform'],
  ])('with %j is refused', (fields, message) => {
    expect(() => of({ ...base, ...fields })).toThrow(message);
  });

  it('is an object', () => {
    expect(() => of([])).toThrow('a/adapter_config.json: this is no adapter configuration');
  });

  it('embeddings trained as one with lm_head are refused', () => {
    const asked = { ensure_weight_tying: true, target_modules: ['q_proj'] };
    expect(() => parseLoraConfig({ ...asked, modules_to_save: ['embed_tokens'] })).toThrow(
      'ensure_weight_tying: true (embeddings trained as one with lm_head)',
    );
    expect(parseLoraConfig(asked).modules_to_save).toBeNull();
  });
});
