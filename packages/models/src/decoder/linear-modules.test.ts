import { expect, test } from 'vitest';
import { parseModelConfig } from '../config/parse-model-config.js';
import { adaptableModules, linearModules, weightShapes } from './linear-modules.js';

const config = (changes: object) =>
  parseModelConfig({
    model_type: 'llama',
    vocab_size: 50,
    hidden_size: 12,
    intermediate_size: 20,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    num_key_value_heads: 1,
    head_dim: 8,
    ...changes,
  });

test('linear modules come in the order and with the sizes of named_modules', () => {
  expect(linearModules(config({})).map(m => [m.name, m.in_features, m.out_features])).toEqual([
    ['model.layers.0.self_attn.q_proj', 12, 16],
    ['model.layers.0.self_attn.k_proj', 12, 8],
    ['model.layers.0.self_attn.v_proj', 12, 8],
    ['model.layers.0.self_attn.o_proj', 16, 12],
    ['model.layers.0.mlp.gate_proj', 12, 20],
    ['model.layers.0.mlp.up_proj', 12, 20],
    ['model.layers.0.mlp.down_proj', 20, 12],
    ['lm_head', 12, 50],
  ]);
  expect(
    linearModules(config({}))
      .map(m => m.kind)
      .lastIndexOf('lm_head'),
  ).toBe(7);
});

const biased = (changes: object) =>
  linearModules(config(changes)).flatMap(m => (m.bias ? [m.name.split('.').at(-1)] : []));

test('biases stand where the architecture has them', () => {
  expect(biased({})).toEqual([]);
  expect(biased({ attention_bias: true })).toEqual(['q_proj', 'k_proj', 'v_proj', 'o_proj']);
  expect(biased({ mlp_bias: true })).toEqual(['gate_proj', 'up_proj', 'down_proj']);
  expect(biased({ model_type: 'qwen2' })).toEqual(['q_proj', 'k_proj', 'v_proj']);
  expect(biased({ model_type: 'qwen3' })).toEqual([]);
  expect(biased({ model_type: 'mistral' })).toEqual([]);
});

test('a tied vocabulary projection is no weight of its own', () => {
  const tied = weightShapes(config({ tie_word_embeddings: true }));
  expect(tied.has('lm_head.weight')).toBe(false);
  expect(tied.get('model.embed_tokens.weight')).toEqual([50, 12]);
  expect(weightShapes(config({})).get('lm_head.weight')).toEqual([50, 12]);
});

test('Phi-3 has its queries, keys and values in one product, gate and up in another', () => {
  expect(
    linearModules(config({ model_type: 'phi3' })).map(m => [
      m.name.split('.').at(-1),
      m.in_features,
      m.out_features,
    ]),
  ).toEqual([
    ['qkv_proj', 12, 32],
    ['o_proj', 16, 12],
    ['gate_up_proj', 12, 40],
    ['down_proj', 20, 12],
    ['lm_head', 12, 50],
  ]);
});

test('modules that can be adapted are the linear ones, then the norms, with their sizes', () => {
  const qwen3 = config({ model_type: 'qwen3' });
  const all = adaptableModules(qwen3);
  const linear = linearModules(qwen3);
  expect(all.slice(0, linear.length)).toEqual(linear);
  expect(new Set(all.slice(linear.length).map(m => `${m.name} ${m.kind} ${m.in_features}`))).toEqual(
    new Set([
      'model.layers.0.input_layernorm norm 12',
      'model.layers.0.self_attn.q_norm norm 8',
      'model.layers.0.self_attn.k_norm norm 8',
      'model.layers.0.post_attention_layernorm norm 12',
      'model.norm norm 12',
    ]),
  );
});

test('Qwen3 normalizes heads', () => {
  const shapes = weightShapes(config({ model_type: 'qwen3' }));
  expect(shapes.get('model.layers.0.self_attn.q_norm.weight')).toEqual([8]);
  expect(shapes.get('model.layers.0.self_attn.k_norm.weight')).toEqual([8]);
});
