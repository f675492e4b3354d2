import { float32, Graph, int8Linear } from '@charter/tensor';
import * as ort from 'onnxruntime-node';
import { expect, it, vi } from 'vitest';
import { InlineChannel } from './host/inline-channel.js';
import { OrtHost } from './host/ort-host.js';
import { hasExactInt8Products } from './int8-products.js';
import { runtimeOverChannel } from './runtime-over-channel.js';

const layer = (): Graph => {
  const graph = new Graph();
  const x = graph.input('x', 'float32', ['n', 2]);
  graph.output('y', int8Linear(x, graph.weight('w', [1, 2]), { outliers: [] }));
  return graph;
};
const weights = new Map([
  ['w', { dtype: 'float32' as const, shape: [1, 2], data: new Uint8Array(Float32Array.of(1, 1).buffer) }],
]);
/** 0.3 is 38 of 127 steps. */
const [rounded, exact] = [1 + 38 / 127, 1.3];

/** A host whose largest 8-bit products are wrong, as where pairs of them saturate. */
const saturating = (): OrtHost => {
  const host = new OrtHost(ort);
  const run = host.run.bind(host);
  vi.spyOn(host, 'run').mockImplementation(async request => {
    const outputs = await run(request);
    for (const { data } of Object.values(outputs)) {
      for (let i = 0; i < data.length; i++) if (data[i]! > 63) data[i]! /= 2;
    }
    return outputs;
  });
  return host;
};

it('8-bit products that saturate are found, and computed in float32 instead', async () => {
  const channel = new InlineChannel(saturating(), 'onnx-cpu');
  expect(await hasExactInt8Products(channel)).toBe(false);
  const runtime = runtimeOverChannel(channel, { device: 'cpu', prepacks: () => true });
  const program = await runtime.compile(layer(), { weights });
  const { y } = await program.run({ x: float32([1, 0.3], [1, 2]) });
  expect(y!.data[0]).toBeCloseTo(exact, 6);
  await runtime.dispose();
});

it('the processor is asked once, by the first program with 8-bit products', async () => {
  const host = new OrtHost(ort);
  const compile = vi.spyOn(host, 'compile');
  const channel = new InlineChannel(host, 'onnx-cpu');
  const exactHere = await hasExactInt8Products(channel);
  compile.mockClear();
  const runtime = runtimeOverChannel(channel, { device: 'cpu', prepacks: () => true });
  const [program] = await Promise.all([
    runtime.compile(layer(), { weights }),
    runtime.compile(layer(), { weights }),
  ]);
  expect(compile).toHaveBeenCalledTimes(3);
  const { y } = await program.run({ x: float32([1, 0.3], [1, 2]) });
  expect(y!.data[0]).toBeCloseTo(exactHere ? rounded : exact, 6);
  await runtime.dispose();
});
