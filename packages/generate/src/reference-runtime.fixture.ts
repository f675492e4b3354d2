import {
  type DeviceTensor,
  type Feed,
  float32,
  type Graph,
  int32,
  type Program,
  type Runtime,
  type Tensor,
  type Window,
} from '@charter/tensor';
import { evaluate, storedToArray64, toArray64 } from '@charter/tensor/testing';

/** An engine without any: every program is evaluated in float64, one operation at a time. For tiny models. */
export const referenceRuntime = (): Runtime => ({
  name: 'reference',
  compile: async (graph, { weights = new Map() } = {}) => {
    const numbers = Object.fromEntries([...weights].map(([name, w]) => [name, storedToArray64(w)]));
    return program(graph, numbers);
  },
  place: async tensor => device(tensor),
  dispose: async () => {},
});

type HeldTensor = DeviceTensor & { held: Tensor };

const device = (tensor: Tensor): HeldTensor => ({
  dtype: tensor.dtype,
  shape: tensor.shape,
  held: tensor,
  async read() {
    return this.held;
  },
  async write(next) {
    this.held = next;
  },
  dispose: async () => {},
});

const program = (graph: Graph, weights: Parameters<typeof evaluate>[2]): Program => ({
  async run(feeds, into = {}) {
    const held = (feed: Feed) => toArray64('held' in feed ? (feed as HeldTensor).held : (feed as Tensor));
    const fed = Object.fromEntries(Object.entries(feeds).map(([name, feed]) => [name, held(feed)]));
    const returned: Record<string, Tensor> = {};
    for (const [name, { data, shape }] of Object.entries(evaluate(graph, fed, weights))) {
      const window = into[name] as Window | undefined;
      if (window) fill(window, data, shape);
      else returned[name] = graph.outputs.get(name)!.dtype === 'int32' ? int32([...data], shape) : float32(Float32Array.from(data), shape);
    }
    return returned;
  },
  dispose: async () => {},
});

/** Only for the caches of this package: `[rows, heads, time, width]` into `[rows, heads, capacity, width]`. */
const fill = ({ tensor, start, count }: Window, data: Float64Array, shape: readonly number[]) => {
  const { held } = tensor as HeldTensor;
  const [rows, heads, time, width] = shape as [number, number, number, number];
  const capacity = held.shape[2]!;
  for (let row = 0; row < rows; row++) {
    for (let head = 0; head < heads; head++) {
      for (let t = 0; t < count[row]!; t++) {
        const from = ((row * heads + head) * time + t) * width;
        const to = ((row * heads + head) * capacity + start[row]! + t) * width;
        held.data.set(Float32Array.from(data.subarray(from, from + width)), to);
      }
    }
  }
};
