import { type CustomCall, createGpuRuntime } from '@charter/runtime-gpu';
import { createWebRuntime } from '@charter/runtime-onnx/web';
import { defineOp, float32, Graph, matmul, type Runtime, softmax, type Value, zeros } from '@charter/tensor';

/** An operation that only gpu.js has: the kernel below. */
const bend = defineOp<[x: Value], { height: number }>({
  name: 'bend',
  arity: 1,
  shape: ([x]) => x!,
  gradient: () => [undefined],
  samples: [],
});

export const kernels = {
  bend: {
    kernel: 'function (x, height) { const v = x[this.thread.x]; return height * v / (1.0 + Math.abs(v)); }',
    floats: ({ attrs }: CustomCall<{ height: number }>) => [attrs.height],
  },
};

export const SIZE = 24;
export const numbers = (factor: number) =>
  float32(
    Float32Array.from({ length: SIZE * SIZE }, (_, i) => Math.sin(i * factor)),
    [SIZE, SIZE],
  );

const square = (build: (x: Value, graph: Graph) => Value): Graph => {
  const graph = new Graph();
  graph.output('y', build(graph.input('x', 'float32', [SIZE, SIZE]), graph));
  return graph;
};

/** What crosses between the memory of the card and the host, or is copied on the card, and which buffers there are. */
const traffic = { reads: 0, copies: 0, written: 0, buffers: 0 };

type Method = (this: object, ...args: never[]) => unknown;

/** Lets `seen` look at each call of a method of the browser. */
const watch = (owner: string, method: string, seen: (...args: never[]) => void): void => {
  const prototype = (globalThis as unknown as Record<string, { prototype: Record<string, Method> }>)[owner]!
    .prototype;
  const original = prototype[method]!;
  prototype[method] = function (...args) {
    seen(...args);
    return original.apply(this, args);
  };
};

const watchAll = (): void => {
  watch('GPUBuffer', 'mapAsync', () => traffic.reads++);
  watch('GPUCommandEncoder', 'copyBufferToBuffer', () => traffic.copies++);
  watch('GPUQueue', 'writeBuffer', (...args) => {
    const [, , data, , size] = args as unknown as [unknown, unknown, ArrayBufferView, unknown, number?];
    // Parameters of kernels are small and are always written.
    traffic.written = Math.max(traffic.written, size ?? data.byteLength);
  });
  watch('GPUDevice', 'createBuffer', () => traffic.buffers++);
  watch('GPUBuffer', 'destroy', () => traffic.buffers--);
};

/** Three programs in a row: ONNX Runtime, gpu.js, ONNX Runtime. */
export const sandwich = async (onnx: Runtime, gpu: Runtime) => {
  const [first, middle, last] = [
    await onnx.compile(
      square((x, graph) => matmul(x, graph.weight('w', [SIZE, SIZE]))),
      {
        weights: new Map([
          [
            'w',
            {
              dtype: 'float32',
              shape: [SIZE, SIZE],
              data: new Uint8Array(numbers(0.3).data.buffer as ArrayBuffer),
            },
          ],
        ]),
      },
    ),
    await gpu.compile(square(x => bend(x, { height: 2 }))),
    await onnx.compile(square(x => softmax(x))),
  ];
  const [a, b, c] = [
    await onnx.upload(numbers(0.7)),
    await gpu.upload(zeros([SIZE, SIZE])),
    await onnx.upload(zeros([SIZE, SIZE])),
  ];
  return {
    first,
    middle,
    last,
    tensors: { a, b, c },
    /** ONNX Runtime writes gpu.js's tensor, gpu.js rewrites it, ONNX Runtime reads it. */
    run: async () => {
      await first.run({ x: a }, { y: b });
      await middle.run({ x: b }, { y: b });
      await last.run({ x: b }, { y: c });
    },
    read: async () => [...(await c.read()).data],
  };
};

const open = async () => {
  const onnx = await createWebRuntime({ device: 'webgpu', files: '/ort/', threads: 1 });
  const gpu = await createGpuRuntime({ device: onnx.device, kernels });
  return { onnx, gpu, chain: await sandwich(onnx, gpu) };
};

let opened: ReturnType<typeof open> | undefined;
/** Both runtimes, for all tests. */
const engines = () => {
  opened ??= open();
  return opened;
};

interface Gpu {
  requestAdapter(): Promise<{ requestDevice(): Promise<object> }>;
}

/** What the tests call in the page. */
export const pageFunctions = {
  /** The numbers, and what travelled in the second of two runs and in reading the result. */
  async exchange() {
    const { chain } = await engines();
    await chain.run();
    Object.assign(traffic, { reads: 0, copies: 0, written: 0 });
    await chain.run();
    const running = { ...traffic };
    const result = await chain.read();
    return { result, running, reading: { ...traffic } };
  },

  /** How many buffers there are after 5 and after 25 rounds. */
  async rounds() {
    const { chain } = await engines();
    const counts: number[] = [];
    for (let round = 1; round <= 25; round++) {
      await chain.run();
      if (round % 20 === 5) counts.push(traffic.buffers);
    }
    return counts;
  },

  /** Why gpu.js does not take a second device. */
  async otherDevice() {
    await engines();
    const { navigator } = globalThis as unknown as { navigator: { gpu: Gpu } };
    const device = await (await navigator.gpu.requestAdapter()).requestDevice();
    return createGpuRuntime({ device }).then(
      () => 'none',
      (error: Error) => error.message,
    );
  },

  /** What tensors hold after those from which their buffers came were written, disposed and recycled. */
  async owners() {
    const { onnx, gpu, chain } = await engines();
    const { first, middle, tensors } = chain;
    const { a, b } = tensors;
    // gpu.js's tensor takes ONNX Runtime's buffer, of which ONNX Runtime makes others then.
    await first.run({ x: a }, { y: b });
    const product = [...(await b.read()).data];
    await a.write(numbers(0.11));
    for (let i = 0; i < 4; i++) await first.run({ x: a }, { y: a });
    const kept = [...(await b.read()).data];
    // ONNX Runtime's tensor takes gpu.js's buffer, whose tensor is disposed, and then gpu.js itself.
    const taken = await onnx.upload(numbers(0.5));
    const made = await gpu.upload(numbers(0.9));
    await middle.run({ x: made }, { y: taken });
    await made.dispose();
    for (let i = 0; i < 4; i++) await middle.run({ x: b }, { y: b });
    await gpu.dispose();
    const bent = [...(await taken.read()).data];
    await taken.dispose();
    await onnx.dispose();
    opened = undefined;
    return { product, kept, bent };
  },
};

if ('document' in globalThis) {
  watchAll();
  Object.assign(globalThis, { shared: pageFunctions });
}
