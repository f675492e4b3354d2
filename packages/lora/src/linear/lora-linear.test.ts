import type { LinearLayer } from '@charter/models';
import { Graph, linear, mul, type Value } from '@charter/tensor';
import { type Array64, evaluate, pseudoRandom } from '@charter/tensor/testing';
import { describe, expect, it } from 'vitest';
import type { LoraTarget } from '../config/lora-targets.js';
import { type LoraLinearOptions, loraLinear } from './lora-linear.js';
import { parameterNames } from './lora-parameters.js';

const [tokens, inputs, outputs, r] = [5, 6, 4, 3];
const target = (name: string, scaling = 1.75): LoraTarget => ({
  name,
  r,
  scaling,
  in_features: inputs,
  out_features: outputs,
});
const random = pseudoRandom(3);
const matrix = (...shape: [number, number]): Array64 => ({
  data: Float64Array.from({ length: shape[0] * shape[1] }, random),
  shape,
});
const x = matrix(tokens, inputs);
const W = matrix(outputs, inputs);
const bias: Array64 = { data: Float64Array.from({ length: outputs }, random), shape: [outputs] };
const A = matrix(r, inputs);
const B = matrix(outputs, r);

/** `x yᵀ`, without the graph. */
const times = (a: Array64, b: Array64): Array64 => {
  const [rows, n] = a.shape as [number, number];
  const columns = b.shape[0]!;
  const data = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++)
      for (let k = 0; k < n; k++) data[i * columns + j]! += a.data[i * n + k]! * b.data[j * n + k]!;
  return { data, shape: [rows, columns] };
};
const sum = (a: Array64, b: Array64, scale = 1): Float64Array =>
  a.data.map((value, i) => value + scale * b.data[i % b.data.length]!);

const magnitude: Array64 = { data: Float64Array.of(0.5, 2, 1, 3), shape: [outputs] };
/** `W + 1.75 B A`, and what DoRA multiplies its rows by. */
const merged = W.data.map((value, i) => {
  const [o, column] = [Math.floor(i / inputs), i % inputs];
  let sum = value;
  for (let k = 0; k < r; k++) sum += 1.75 * B.data[o * r + k]! * A.data[k * inputs + column]!;
  return sum;
});
const scales = magnitude.data.map(
  (value, o) => value / Math.hypot(...merged.subarray(o * inputs, (o + 1) * inputs)),
);

/** A layer named `name`, run on x; B and A are used for every target. */
const run = (
  targets: readonly LoraTarget[],
  {
    name = 'q_proj',
    seed = 0,
    p,
    ...options
  }: Partial<LoraLinearOptions> & { name?: string; seed?: number; p?: number },
): Float64Array => {
  const graph = new Graph();
  const input = (label: string, shape: readonly number[]): Value => graph.input(label, 'float32', shape);
  const layers = loraLinear(targets, {
    parameter: (label, shape) => input(label, shape),
    ...(p !== undefined && { dropout: { p, seed: graph.input('seed', 'int32', []) } }),
    ...options,
  });
  const layer = { name, weight: input('W', W.shape), bias: input('bias', bias.shape) };
  graph.output('y', layers(input('x', x.shape), layer));
  const feeds: Record<string, Array64> = { x, W, bias, seed: { data: Float64Array.of(seed), shape: [] } };
  for (const target of targets) {
    feeds[parameterNames(target.name).A] = A;
    feeds[parameterNames(target.name).B] = B;
    feeds[parameterNames(target.name).magnitude] = magnitude;
  }
  return evaluate(graph, feeds).y!.data;
};

const close = (actual: Float64Array, expected: Float64Array) =>
  actual.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i]!, 12);
  });
const base = sum(times(x, W), bias);

describe('a linear layer with an adapter', () => {
  it('is x Wᵀ + bias + s · B A x', () => {
    const product = times(times(x, A), B);
    for (const scaling of [1.75, 1]) {
      const adapted = sum({ data: base, shape: [tokens, outputs] }, product, scaling);
      close(run([target('q_proj', scaling)], {}), adapted);
    }
  });

  it('is the plain layer where it is no target', () => {
    close(run([target('q_proj')], { name: 'k_proj' }), base);
  });

  it('adds to whatever the frozen product is', () => {
    const quantized: LinearLayer = (x, { weight, bias }) => mul(linear(x, weight, bias), -3);
    const product = times(times(x, A), B);
    const expected = sum({ data: base.map(value => -3 * value), shape: product.shape }, product, 1.75);
    close(run([target('q_proj')], { base: quantized }), expected);
  });
});

describe('DoRA', () => {
  const dora: LoraTarget = { ...target('q_proj'), kind: 'dora' };

  it('is the row of W + s · B A at its magnitude, and the bias as it is', () => {
    const product = times(x, { data: merged, shape: W.shape });
    const expected = product.data.map((value, i) => value * scales[i % outputs]! + bias.data[i % outputs]!);
    close(run([dora], {}), expected);
  });

  it('drops inputs of what it adds to the frozen layer', () => {
    const part = run([dora], { p: 0.5, seed: 11 }).map((value, i) => value - base[i]!);
    const explained = Array.from({ length: tokens }, (_, token) =>
      Array.from({ length: 2 ** inputs }, (_, mask) => {
        const kept: Array64 = {
          data: x.data
            .subarray(token * inputs, (token + 1) * inputs)
            .map((value, i) => (mask & (1 << i) ? value / 0.5 : 0)),
          shape: [1, inputs],
        };
        const [adapted, frozen] = [times(kept, { data: merged, shape: W.shape }), times(kept, W)];
        return adapted.data.every(
          (value, i) => Math.abs(value * scales[i]! - frozen.data[i]! - part[token * outputs + i]!) < 1e-9,
        );
      }).indexOf(true),
    );
    expect(explained).not.toContain(-1);
    expect(new Set(explained).size).toBeGreaterThan(2);
  });
});

describe('dropout', () => {
  const adapterPart = (p: number, seed: number, name = 'q_proj') =>
    run([target(name)], { name, p, seed }).map((value, i) => value - base[i]!);

  it('drops inputs of the adapter, never of the frozen layer', () => {
    // What is left of x must explain the result: some inputs 0, the others divided by 1 - p.
    const part = adapterPart(0.5, 11);
    const explained = Array.from({ length: tokens }, (_, token) =>
      Array.from({ length: 2 ** inputs }, (_, mask) => {
        const kept = x.data
          .subarray(token * inputs, (token + 1) * inputs)
          .map((value, i) => (mask & (1 << i) ? value / 0.5 : 0));
        const y = times(times({ data: kept, shape: [1, inputs] }, A), B).data;
        return y.every((value, i) => Math.abs(1.75 * value - part[token * outputs + i]!) < 1e-9);
      }).indexOf(true),
    );
    expect(explained).not.toContain(-1);
    expect(new Set(explained).size).toBeGreaterThan(2);
  });

  it('is the same for the same seed, another for another seed and another layer', () => {
    expect(adapterPart(0.5, 11)).toEqual(adapterPart(0.5, 11));
    expect(adapterPart(0.5, 11)).not.toEqual(adapterPart(0.5, 12));
    expect(adapterPart(0.5, 11)).not.toEqual(adapterPart(0.5, 11, 'v_proj'));
  });

  it('keeps the mean', () => {
    const whole = adapterPart(0, 0);
    const mean = new Float64Array(whole.length);
    const draws = 1500;
    for (let seed = 0; seed < draws; seed++) {
      const part = adapterPart(0.2, seed);
      for (let i = 0; i < mean.length; i++) mean[i]! += part[i]! / draws;
    }
    const size = Math.max(...whole.map(Math.abs));
    mean.forEach((value, i) => {
      expect(Math.abs(value - whole[i]!)).toBeLessThan(0.06 * size);
    });
  });
});
