import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { float32, Graph, matmul, type StoredTensor } from '@charter/tensor';
import { expect, it } from 'vitest';
import { createOnnxRuntime } from './create-onnx-runtime.js';

it('takes weights in memory beside weights in files: an adapter on a model', async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'charter-weights-')), 'weights.bin');
  await writeFile(file, new Uint8Array(Float32Array.of(7, 2, 3).buffer));
  const weights = new Map<string, StoredTensor>([
    ['in a file', { dtype: 'float32', shape: [2, 1], file, offset: 4, length: 8 }],
    ['in memory', { dtype: 'float32', shape: [1, 1], data: new Uint8Array(Float32Array.of(10).buffer) }],
  ]);
  const graph = new Graph();
  const x = graph.input('x', 'float32', ['n', 2]);
  graph.output('y', matmul(matmul(x, graph.weight('in a file', [2, 1])), graph.weight('in memory', [1, 1])));
  const runtime = await createOnnxRuntime();
  const program = await runtime.compile(graph, { weights });
  const { y } = await program.run({ x: float32([1, 1, 0, 4], [2, 2]) });
  expect([...y!.data]).toEqual([50, 120]);
  await runtime.dispose();
});
