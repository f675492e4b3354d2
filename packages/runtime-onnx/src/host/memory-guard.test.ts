import { Graph } from '@charter/tensor';
import { afterEach, expect, it } from 'vitest';
import { createOnnxRuntime } from '../create-onnx-runtime.js';

afterEach(() => {
  delete process.env.CHARTER_MEMORY;
});

const compileOne = async () => {
  const runtime = await createOnnxRuntime({ threads: 1 });
  const graph = new Graph();
  graph.output('w', graph.weight('w', [100, 10]));
  const data = new Uint8Array(2000);
  try {
    await runtime.compile(graph, {
      weights: new Map([['w', { dtype: 'bfloat16', shape: [100, 10], data }]]),
    });
  } finally {
    await runtime.dispose();
  }
};

it('weights that do not fit into memory are refused before they are loaded, in the size that they would have', async () => {
  process.env.CHARTER_MEMORY = '0.000003';
  await expect(compileOne()).rejects.toThrow(
    'The weights take 0.00000400 GB of memory, and this process may use 0.00000300 GB. Hold them in 4 or 8 bits',
  );
  process.env.CHARTER_MEMORY = '0.000005';
  await compileOne();
});
