import { float32, Graph, matmul, mean, type Runtime } from '../../packages/tensor/src/index.js';

/**
 * Peak speed of the engine's float32 matrix product on this machine: `2048 × 2048 × 2048` with a constant right side, as
 * in a frozen layer.
 *
 * @returns GFLOP/s of the fastest of `runs`
 */
export const gemmPeak = async (runtime: Runtime, runs = 8): Promise<number> => {
  const size = 2048;
  const shape = [size, size];
  const values = Float32Array.from({ length: size * size }, (_, i) => ((i * 7919) % 1009) / 1009 - 0.5);
  const graph = new Graph();
  const x = graph.input('x', 'float32', shape);
  const product = matmul(x, graph.weight('w', shape)); // [size, size]
  // A small output, because the binding copies every output to JavaScript.
  graph.output('mean', mean(product, { axes: [0] }));
  const w = { dtype: 'float32', shape, data: new Uint8Array(values.buffer) } as const;
  const program = await runtime.compile(graph, { weights: new Map([['w', w]]) });
  const uploaded = await runtime.upload(float32(values, shape));
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run++) {
    const began = performance.now();
    await program.run({ x: uploaded });
    best = Math.min(best, performance.now() - began);
  }
  await Promise.all([program.dispose(), uploaded.dispose()]);
  return (2 * size ** 3) / best / 1e6;
};
