import { argmax, float32, Graph, ops } from '@charter/tensor';
import * as ort from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { Engine } from './engine.js';
import { lowerGraph } from './lower-graph.js';
import { lowerings } from './lowering.js';

/** Operations that are decomposed although they could have a row of their own. */
const decomposed: Readonly<Record<string, string>> = {
  attention: 'ONNX Runtime fuses attention without the gradients that its softmax needs',
  regroup: 'it is a Gather, with zeros only where they matter',
  repeatRows: 'it is a Gather',
};

it('lowers every operation, or says why it is decomposed', () => {
  const open = [...ops.keys()].filter(name => !(name in lowerings));
  expect(open.sort()).toEqual(Object.keys(decomposed).sort());
  for (const name of open) expect(ops.get(name)!.decompose, name).toBeDefined();
});

it('takes the first of equal elements as the largest', async () => {
  const graph = new Graph();
  graph.output('y', argmax(graph.input('x', 'float32', ['n', 40])));
  const engine = new Engine(ort);
  const session = await engine.compile(lowerGraph(graph, new Map()), {
    threads: 1,
    prepack: true,
    arena: true,
    profile: undefined,
  });
  const data = Array.from({ length: 120 }, (_, i) => [3, 1, 3, 2, 0][i % 5]!);
  data[60] = 7;
  data[75] = 7;
  const { y } = await engine.run({ session, feeds: { x: float32(data, [3, 40]) }, into: {} });
  expect([...y!.data]).toEqual([0, 20, 0]);
  await engine.end();
});
