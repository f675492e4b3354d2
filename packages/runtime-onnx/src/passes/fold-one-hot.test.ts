import {
  add,
  float32,
  Graph,
  gradients,
  int32,
  logSoftmax,
  mul,
  scatterLastAxis,
  sub,
  sum,
  takeAlongLastAxis,
} from '@charter/tensor';
import * as ort from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { OrtHost } from '../host/ort-host.js';
import { lowerGraph } from '../lowering/lower-graph.js';
import { foldOneHot } from './fold-one-hot.js';

/** Log-probabilities of labels and their gradient by the logits. */
const labelled = (): Graph => {
  const graph = new Graph();
  const logits = graph.input('logits', 'float32', ['labels', 5]);
  const labels = graph.input('labels', 'int32', ['labels']);
  const upstream = graph.input('upstream', 'float32', ['labels']);
  const logps = graph.output('logps', takeAlongLastAxis(logSoftmax(logits), labels));
  graph.output('gradient', gradients(sum(mul(logps, upstream), { axes: [0] }), [logits])[0]!);
  return graph;
};

it('the gradient of a label’s log-probability has no one-hot tensor', () => {
  const names = foldOneHot(labelled())
    .reachable()
    .map(value => value.op);
  expect(names).toContain('scatterAddLastAxis');
  expect(names).not.toContain('scatterLastAxis');
});

it('folding one-hot tensors changes no number', async () => {
  const graph = labelled();
  const wide = graph.input('wide', 'float32', ['labels', 5]);
  const one = scatterLastAxis(graph.inputs.get('upstream')!, graph.inputs.get('labels')!, { size: 5 });
  graph.output('added', add(wide, one));
  graph.output('subtracted', sub(one, wide));
  graph.output('total', sum(one, { axes: [1], keepdims: true }));
  const host = new OrtHost(ort);
  const run = async (fuse: boolean) => {
    const model = lowerGraph(graph, new Map(), { fuse });
    const program = await host.compile(model, {
      threads: 1,
      prepack: true,
      arena: true,
      profile: undefined,
    });
    const numbers = (n: number) => Array.from({ length: n }, (_, i) => Math.sin(i * i));
    return host.run({
      program,
      feeds: {
        logits: float32(numbers(15), [3, 5]),
        labels: int32([4, 0, 2]),
        upstream: float32([0.5, -1, 2]),
        wide: float32(numbers(15).reverse(), [3, 5]),
      },
      into: {},
    });
  };
  const [plain, fused] = [await run(false), await run(true)];
  for (const [name, { shape, data }] of Object.entries(plain)) {
    expect(fused[name]!.shape).toEqual(shape);
    data.forEach((x, i) => {
      expect(fused[name]!.data[i], `${name}[${i}]`).toBeCloseTo(x, 6);
    });
  }
  await host.close();
});
