import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { add, float32, Graph, matmul, mul, type StoredTensor } from '@charter/tensor';
import { describe, expect, it } from 'vitest';
import { createOnnxRuntime } from '../create-onnx-runtime.js';
import { locateFile } from './locate-file.js';
import { lowerGraph } from './lower-graph.js';

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

describe('a weight in a file', () => {
  const folder = mkdtemp(join(tmpdir(), 'charter-weights-'));

  const stored = async (name: string, bytes: Uint8Array, rest: Pick<StoredTensor, 'dtype' | 'shape'>) => {
    const file = join(await folder, name);
    // An odd offset, as old safetensors files have.
    await writeFile(file, Buffer.concat([Buffer.alloc(3), bytes]));
    return { ...rest, file, offset: 3, length: bytes.byteLength };
  };

  it('is not copied into the model: the model names the file, however large it is', async () => {
    const weight = await stored('large.bin', new Uint8Array(4 * 2 ** 20), {
      dtype: 'float32',
      shape: [2 ** 20],
    });
    const graph = new Graph();
    graph.output('y', mul(graph.weight('w', [2 ** 20]), graph.input('x', 'float32', [])));
    const { model, inMemory } = lowerGraph(graph, new Map([['w', weight]]), { locate: locateFile });
    expect(model.byteLength).toBeLessThan(2000);
    expect(inMemory).toEqual([]);
    expect(Buffer.from(model).toString('latin1')).toContain('large.bin');
  });

  it('of 16 bits is widened to float32, from a file and from memory', async () => {
    const halves = new Uint8Array(Uint16Array.of(0x3c00, 0xc100, 0x3555).buffer); // 1, -2.5, 0.333
    const brains = new Uint8Array(Uint16Array.of(0x3f80, 0xc020, 0x3eab).buffer); // 1, -2.5, 0.334
    const shape = [3];
    const weights = new Map<string, StoredTensor>([
      ['half', await stored('half.bin', halves, { dtype: 'float16', shape })],
      ['brain', await stored('brain.bin', brains, { dtype: 'bfloat16', shape })],
      ['half in memory', { dtype: 'float16', shape, data: halves }],
    ]);
    const graph = new Graph();
    const one = graph.input('one', 'float32', []);
    for (const name of weights.keys()) graph.output(name, mul(graph.weight(name, shape), one));
    const runtime = await createOnnxRuntime();
    const program = await runtime.compile(graph, { weights });
    const y = await program.run({ one: float32([1], []) });
    expect([...y.half!.data]).toEqual([1, -2.5, 0.333251953125]);
    expect([...y.brain!.data]).toEqual([1, -2.5, 0.333984375]);
    expect([...y['half in memory']!.data]).toEqual([1, -2.5, 0.333251953125]);
    await runtime.dispose();
  });

  it('is left as it is by ONNX Runtime, unless something is to be made of it once', async () => {
    const bytes = new Uint8Array(12);
    const rewritten = async (dtype: StoredTensor['dtype'], activations: 'float32' | 'int8') => {
      const weight = await stored(`${dtype}.bin`, bytes, { dtype, shape: [3] });
      const graph = new Graph();
      graph.output('y', mul(graph.weight('w', [3]), graph.input('x', 'float32', [])));
      return lowerGraph(graph, new Map([['w', weight]]), { locate: locateFile, activations }).optimization;
    };
    expect(await rewritten('float32', 'float32')).toBe('disabled');
    for (const dtype of ['float16', 'bfloat16'] as const)
      expect(await rewritten(dtype, 'float32')).toBe('all');
    // Quantized products are joined.
    expect(await rewritten('float32', 'int8')).toBe('all');
  });

  it('that is missing is named with how many others are', () => {
    const graph = new Graph();
    graph.output('y', add(graph.weight('a', [1]), graph.weight('b', [1])));
    expect(() => lowerGraph(graph, new Map())).toThrow(
      'Weight "a" and 1 more of 2 was not given: pass it in compile\'s weights.',
    );
  });
});
