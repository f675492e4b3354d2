import { fromBinary } from '@bufbuild/protobuf';
import { argmax, float32, Graph, matmul, ops, reshape, softmax, sum, swapLast } from '@charter/tensor';
import { ModelProtoSchema } from 'onnx-buf';
import * as ort from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { OrtHost } from '../host/ort-host.js';
import { lowerGraph } from './lower-graph.js';
import { lowerings } from './lowering.js';

/** Operations that are decomposed although they could have a row of their own. */
const decomposed: Readonly<Record<string, string>> = {
  attention: 'ONNX Runtime fuses attention without the gradients that its softmax needs',
  permuteRows: 'it is a Gather, with zeros only where they matter',
  gatherWithRepeats: 'it is a Gather',
};

it('lowers every operation, or says why it is decomposed', () => {
  const open = [...ops.keys()].filter(name => !(name in lowerings));
  expect(open.sort()).toEqual(Object.keys(decomposed).sort());
  for (const name of open) expect(ops.get(name)!.decompose, name).toBeDefined();
});

it('tells ONNX Runtime the shape of every value that an operation makes, by the names of its dimensions', () => {
  const graph = new Graph();
  const x = graph.input('x', 'float32', ['n', 6]);
  const heads = reshape(x, { shape: ['n', 2, 3] });
  const scores = softmax(matmul(heads, swapLast(heads))); // [n, 2, 2]
  graph.output('y', sum(scores, { axes: [2] }));
  const { graph: told } = fromBinary(ModelProtoSchema, lowerGraph(graph, new Map()).model);
  const shapes = told!.valueInfo.map(({ type }) =>
    type?.value.case === 'tensorType'
      ? type.value.value.shape!.dim.map(({ value }) =>
          typeof value.value === 'bigint' ? Number(value.value) : value.value,
        )
      : [],
  );
  expect(shapes).toContainEqual(['n', 2, 3]);
  expect(shapes).toContainEqual(['n', 2, 2]);
  const names = told!.valueInfo.map(({ name }) => name);
  const made = told!.node.flatMap(({ output }) => output);
  expect(made).toEqual(expect.arrayContaining(names));
  expect(new Set(names).size).toBe(names.length);
  // An output tells its shape itself.
  for (const { name } of told!.output) expect(names).not.toContain(name);
});

it('takes the first of equal elements as the largest', async () => {
  const graph = new Graph();
  graph.output('y', argmax(graph.input('x', 'float32', ['n', 40])));
  const host = new OrtHost(ort);
  const program = await host.compile(lowerGraph(graph, new Map()), {
    threads: 1,
    prepack: true,
    arena: true,
    profile: undefined,
  });
  const data = Array.from({ length: 120 }, (_, i) => [3, 1, 3, 2, 0][i % 5]!);
  data[60] = 7;
  data[75] = 7;
  const { y } = await host.run({ program, feeds: { x: float32(data, [3, 40]) }, into: {} });
  expect([...y!.data]).toEqual([0, 20, 0]);
  await host.close();
});
