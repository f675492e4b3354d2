import {
  float32,
  Graph,
  int8Linear,
  matmul,
  mul,
  type Runtime,
  type StoredTensor,
  sum,
} from '@charter/tensor';
import { createOnnxRuntime } from '../create-onnx-runtime.js';
import type { OnnxDevice } from './devices.js';
import type { ProbeMessage } from './probe-device.js';

const PRODUCTS = 4;
/** Sizes of the products. The large one, at which a GPU reaches its speed, runs only where the small one is fast. */
const [SMALL, LARGE] = [256, 1024];
const FAST_MS = 100;

const measure = async (device: OnnxDevice): Promise<ProbeMessage> => {
  const runtime = await createOnnxRuntime({ device });
  let size = SMALL;
  let milliseconds = await timeProducts(runtime, size);
  if (milliseconds < FAST_MS) {
    size = LARGE;
    milliseconds = await timeProducts(runtime, size);
  }
  const gflops = (ms: number) => (PRODUCTS * 2 * size ** 3) / (ms * 1e6);
  const int8 =
    device === 'cpu' && (await usesInt8Products(runtime))
      ? { int8_gflops: gflops(await timeProducts(runtime, size, true)) }
      : {};
  await runtime.dispose();
  return { gflops: gflops(milliseconds), ...int8 };
};

/** Milliseconds of a second run; the first one compiles kernels. */
const timeProducts = async (runtime: Runtime, size: number, int8 = false): Promise<number> => {
  const graph = new Graph();
  const x = graph.input('x', 'float32', [size, size]);
  const w = graph.weight('w', [size, size]);
  let y = x;
  for (let i = 0; i < PRODUCTS; i++)
    y = mul(int8 ? int8Linear(y, w, { outliers: [] }) : matmul(y, w), 1 / size);
  // One number is returned, so that the copy to the host does not count.
  graph.output('y', sum(y, { axes: [0, 1] }));
  const data = Float32Array.from({ length: size * size }, (_, i) => ((i * 37) % 11) / 11);
  const program = await runtime.compile(graph, { weights: frozen('w', data, [size, size]) });
  const feeds = { x: await runtime.upload(float32(data, [size, size])) };
  await program.run(feeds);
  const start = performance.now();
  await program.run(feeds);
  const milliseconds = performance.now() - start;
  await program.dispose();
  return milliseconds;
};

const frozen = (name: string, data: Float32Array, shape: readonly number[]) =>
  new Map<string, StoredTensor>([[name, { dtype: 'float32', shape, data: new Uint8Array(data.buffer) }]]);

/** True when the runtime rounds to 8 bits: 0.3 of a largest number of 1 is not a whole number of steps. */
const usesInt8Products = async (runtime: Runtime): Promise<boolean> => {
  const graph = new Graph();
  const x = graph.input('x', 'float32', [1, 2]);
  graph.output('y', int8Linear(x, graph.weight('w', [1, 2]), { outliers: [] }));
  const program = await runtime.compile(graph, { weights: frozen('w', Float32Array.of(1, 1), [1, 2]) });
  const { y } = await program.run({ x: float32([1, 0.3], [1, 2]) });
  await program.dispose();
  return Math.abs(y!.data[0]! - 1.3) > 1e-5;
};

void measure(process.argv[2] as OnnxDevice)
  .catch((error: Error): ProbeMessage => ({ reason: error.message.split('\n')[0]! }))
  .then(message => process.send!(message, () => process.disconnect()));
