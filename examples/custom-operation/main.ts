/**
 * A custom preference loss, max(0, 1 - margin)², as one operation: shape and gradient, decomposition, and a fused gpu.js
 * kernel. gpu.js runs the kernel, ONNX Runtime the decomposition, and both must agree.
 */
import assert from 'node:assert/strict';
import { type CustomCall, createGpuRuntime } from '@charter/runtime-gpu';
import { createOnnxRuntime } from '@charter/runtime-onnx';
import * as t from '@charter/tensor';

// The operation: a function on graph values with a gradient rule.
const squaredHinge = t.defineOp<[margin: t.Value], { target: number }>({
  name: 'squaredHinge',
  arity: 1,
  shape: ([margin]) => margin!,
  gradient: ({ inputs: [margin], upstream, attrs: { target } }) => [
    t.mul(upstream, t.mul(-2, t.relu(t.sub(target, margin!)))),
  ],
  decompose: ([margin], { target }) => {
    const gap = t.relu(t.sub(target, margin!));
    return t.mul(gap, gap);
  },
  samples: [{ inputs: [[5]], attrs: { target: 0.5 } }],
});

// Its kernel: thread this.thread.x computes that element of the output.
const gpu = await createGpuRuntime({
  kernels: {
    squaredHinge: {
      kernel: `function (margin, target) {
        const gap = Math.max(target - margin[this.thread.x], 0);
        return gap * gap;
      }`,
      floats: ({ attrs }: CustomCall<{ target: number }>) => [attrs.target],
    },
  },
});

// A reward for an answer is a weighted sum of its three traits; the margin is chosen minus rejected.
const graph = new t.Graph();
const chosen = graph.input('chosen', 'float32', ['pairs', 3]);
const rejected = graph.input('rejected', 'float32', ['pairs', 3]);
const weights = graph.input('weights', 'float32', [3, 1]);
const margin = t.matmul(t.sub(chosen, rejected), weights); // [pairs, 1]
const loss = graph.output('loss', t.mean(squaredHinge(margin, { target: 1 }), { axes: [0, 1] }));
graph.output('weights', t.sub(weights, t.mul(t.gradients(loss, [weights])[0]!, 0.03)));

const train = async (runtime: t.Runtime) => {
  const program = await runtime.compile(graph);
  const state = await runtime.upload(t.zeros([3, 1]));
  const pairs = {
    chosen: t.float32([2, 0, 1, 1, 1, 0, 3, 1, 2, 1, 0, 1], [4, 3]),
    rejected: t.float32([1, 1, 1, 0, 2, 0, 1, 1, 2, 0, 1, 1], [4, 3]),
  };
  const losses: number[] = [];
  for (let step = 0; step < 8; step++) {
    // The weights stay on the device: the step reads them and replaces them.
    const { loss } = await program.run({ ...pairs, weights: state }, { weights: state });
    losses.push(loss!.data[0]!);
  }
  console.log(`${runtime.name.padEnd(14)} ${losses.map(value => value.toFixed(4)).join('  ')}`);
  await runtime.dispose();
  return losses;
};

const kernelLosses = await train(gpu);
const decomposedLosses = await train(await createOnnxRuntime());

assert.ok(kernelLosses.at(-1)! < 0.2 * kernelLosses[0]!, 'the loss falls');
for (const [step, value] of kernelLosses.entries()) {
  assert.ok(Math.abs(value - decomposedLosses[step]!) < 1e-5, `both engines agree in step ${step + 1}`);
}
