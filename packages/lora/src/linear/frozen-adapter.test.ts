import { Graph } from '@charter/tensor';
import { evaluate } from '@charter/tensor/testing';
import { describe, expect, it } from 'vitest';
import { parseLoraConfig } from '../config/lora-config.js';
import { frozenAdapter } from './frozen-adapter.js';

describe('a frozen adapter', () => {
  it('adds s · B A x, with its matrices as weights that the program is compiled with', () => {
    const config = parseLoraConfig({ r: 1, lora_alpha: 2, target_modules: ['q_proj'] }, 'test');
    const modules = [{ name: 'layer.q_proj', in_features: 2, out_features: 1 }];
    const tensors = new Map([
      ['base_model.model.layer.q_proj.lora_A.weight', { shape: [1, 2], data: Float32Array.of(1, -1) }],
      ['base_model.model.layer.q_proj.lora_B.weight', { shape: [1, 1], data: Float32Array.of(3) }],
    ]);
    const adapter = frozenAdapter({ config, tensors }, modules, 'llama');
    const graph = new Graph();
    const x = graph.input('x', 'float32', [1, 2]);
    const weight = graph.weight('layer.q_proj.weight', [1, 2]);
    graph.output('y', adapter.linear(graph)(x, { name: 'layer.q_proj', weight }));
    expect(new Map(adapter.weights).get('base_model.model.layer.q_proj.lora_B.weight')).toMatchObject({
      dtype: 'float32',
      shape: [1, 1],
    });
    const given = Object.fromEntries(
      [...tensors].map(([name, { shape, data }]) => [name, { shape, data: Float64Array.from(data) }]),
    );
    const base = { shape: [1, 2], data: Float64Array.of(10, 20) };
    const { y } = evaluate(
      graph,
      { x: { shape: [1, 2], data: Float64Array.of(1, 0.5) } },
      { ...given, 'layer.q_proj.weight': base },
    );
    // 10·1 + 20·0.5 + 2 · 3 · (1 − 0.5)
    expect(y!.data[0]).toBeCloseTo(23, 6);
  });
});
