import {
  add,
  exp,
  float32,
  Graph,
  greater,
  linear,
  matmul,
  mul,
  sigmoid,
  sum,
  swapLast,
  type Value,
  where,
  zeros,
} from '@charter/tensor';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createGpuRuntime } from '../create-gpu-runtime.js';
import { Device } from '../device/device.js';
import { lowerings } from '../kernels/lowering.js';
import { makePlan } from './make-plan.js';

const steps = (build: (x: Value, graph: Graph) => Value): number => {
  const graph = new Graph();
  graph.output('y', build(graph.input('x', 'float32', [6, 4]), graph));
  return makePlan(graph, lowerings, dim => dim as number).steps.length;
};

describe('a plan', () => {
  it('runs a chain of element-wise operations as one kernel', () => {
    expect(steps(x => add(mul(sigmoid(x), 3), where(greater(x, 0), exp(x), 1)))).toBe(1);
  });

  it('sums what it computes on the way', () => {
    expect(steps(x => sum(mul(x, exp(x)), { axes: [1] }))).toBe(1);
  });

  it('computes once what several operations read', () => {
    // exp(x); its product and its sum by rows, which the last kernel adds.
    expect(
      steps(x => {
        const y = exp(x);
        return add(mul(y, 2), sum(y, { axes: [1], keepdims: true }));
      }),
    ).toBe(3);
  });

  it('multiplies by a transposed matrix without a copy of it', () => {
    expect(steps((x, graph) => linear(x, graph.weight('w', [5, 4])))).toBe(1);
    expect(steps(x => matmul(swapLast(x), x))).toBe(1);
  });

  it('leaves out what no output needs', () => {
    expect(
      steps(x => {
        exp(x);
        return mul(x, 2);
      }),
    ).toBe(1);
  });

  it('keeps each kernel below the number of arrays that WebGPU promises', async () => {
    const graph = new Graph();
    const inputs = Array.from({ length: 20 }, (_, i) => graph.input(`x${i}`, 'float32', ['n']));
    graph.output(
      'y',
      inputs.reduce((total, x) => add(total, x)),
    );
    const plan = makePlan(graph, lowerings, () => 3);
    expect(Math.max(...plan.steps.map(step => step.reads.length))).toBeLessThanOrEqual(7);
    const runtime = await createGpuRuntime({ mode: 'cpu' });
    const program = await runtime.compile(graph);
    const feeds = Object.fromEntries(inputs.map((_, i) => [`x${i}`, float32([i, 1, 2 * i])]));
    expect([...(await program.run(feeds)).y!.data]).toEqual([190, 20, 380]);
    await runtime.dispose();
  });
});

describe('a device tensor', () => {
  afterEach(() => vi.restoreAllMocks());

  it('never travels while steps feed and replace it', async () => {
    const runtime = await createGpuRuntime({ mode: 'cpu' });
    const graph = new Graph();
    const x = graph.input('x', 'float32', [4]);
    graph.output('x', add(mul(x, 0.5), 1));
    const program = await runtime.compile(graph);
    const state = await runtime.upload(zeros([4]));
    const travels = [vi.spyOn(Device.prototype, 'upload'), vi.spyOn(Device.prototype, 'download')];
    for (let i = 0; i < 3; i++) await program.run({ x: state }, { x: state });
    for (const travel of travels) expect(travel).not.toHaveBeenCalled();
    expect([...(await state.read()).data]).toEqual([1.75, 1.75, 1.75, 1.75]);
    await state.dispose();
    await expect(state.read()).rejects.toThrow(/disposed/);
    await runtime.dispose();
  });
});
