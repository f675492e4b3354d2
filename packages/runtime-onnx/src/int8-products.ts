import { Graph, int8Linear, type StoredTensor, type Tensor } from '@charter/tensor';
import type { Channel } from './host/channel.js';
import { lowerGraph } from './lowering/lower-graph.js';

const [ROWS, IN, OUT] = [8, 64, 16];

/**
 * True when the processor's 8-bit products are exact. Without VNNI, AVX2 adds pairs of products in 16 bits, where two of
 * the largest saturate; a product of nothing but largest numbers shows it.
 */
export const hasExactInt8Products = async (channel: Channel): Promise<boolean> => {
  const graph = new Graph();
  const x = graph.input('x', 'float32', ['n', IN]);
  graph.output('y', int8Linear(x, graph.weight('w', [OUT, IN]), { outliers: [] }));
  const ones = (rows: number) => new Float32Array(rows * IN).fill(1);
  const w: StoredTensor = { dtype: 'float32', shape: [OUT, IN], data: new Uint8Array(ones(OUT).buffer) };
  const model = lowerGraph(graph, new Map([['w', w]]));
  const settings = { threads: 1, prepack: true, arena: false, profile: undefined };
  const program = await channel.call('compile', [model, settings]);
  try {
    // One row and several take different kernels.
    for (const rows of [1, ROWS]) {
      const feed: Tensor = { dtype: 'float32', shape: [rows, IN], data: ones(rows) };
      const { y } = await channel.call('run', [{ program, feeds: { x: feed }, into: {} }]);
      if (y!.data.some(value => Math.abs((value as number) - IN) > 1e-3)) return false;
    }
    return true;
  } finally {
    await channel.call('disposeProgram', [program]);
  }
};
