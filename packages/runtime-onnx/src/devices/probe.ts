import { float32, Graph, matmul, mul, type Runtime, sum } from '@charter/tensor';
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
  await runtime.dispose();
  return { gflops: (PRODUCTS * 2 * size ** 3) / (milliseconds * 1e6) };
};

/** Milliseconds of a second run; the first one compiles kernels. */
const timeProducts = async (runtime: Runtime, size: number): Promise<number> => {
  const graph = new Graph();
  const x = graph.input('x', 'float32', [size, size]);
  let y = x;
  for (let i = 0; i < PRODUCTS; i++) y = mul(matmul(y, x), 1 / size);
  // One number is returned, so that the copy to the host does not count.
  graph.output('y', sum(y, { axes: [0, 1] }));
  const program = await runtime.compile(graph);
  const data = Float32Array.from({ length: size * size }, (_, i) => ((i * 37) % 11) / 11);
  const feeds = { x: await runtime.upload(float32(data, [size, size])) };
  await program.run(feeds);
  const start = performance.now();
  await program.run(feeds);
  const milliseconds = performance.now() - start;
  await program.dispose();
  return milliseconds;
};

void measure(process.argv[2] as OnnxDevice)
  .catch((error: Error): ProbeMessage => ({ reason: error.message.split('\n')[0]! }))
  .then(message => process.send!(message, () => process.disconnect()));
