import { createRequire } from 'node:module';
import { createGpuRuntime } from '@charter/runtime-gpu';
import { elementCount, float32, linear, mul, type Runtime, sub, sum, tanh } from '@charter/tensor';
import { parseOptions, type TrainingTask, trainInMemory, trainingOptionsSchema } from '@charter/trainer';
import { describe, expect, it, vi } from 'vitest';
import { Device } from '../packages/runtime-gpu/src/device/device.js';
import { InlineChannel } from '../packages/runtime-onnx/src/host/inline-channel.js';
import type { Ort, OrtSession, OrtTensor } from '../packages/runtime-onnx/src/host/ort.js';
import { OrtHost } from '../packages/runtime-onnx/src/host/ort-host.js';
import { runtimeOverChannel } from '../packages/runtime-onnx/src/runtime-over-channel.js';
import { withoutDriver } from './webgpu-driver.js';

const ofPackage = createRequire(new URL('../packages/runtime-onnx/package.json', import.meta.url));
const ort: Ort = ofPackage('onnxruntime-node');

const steps = 3;
const [inside, outside] = [16, 40];

/** Squared error of `w tanh(v x)`, where both are trained. */
const fit: TrainingTask<number> = {
  build(graph) {
    const x = graph.input('x', 'float32', ['n', inside]);
    const hidden = tanh(linear(x, graph.weight('v', [outside, inside]))); // [n, outside]
    const error = sub(linear(hidden, graph.weight('w', [1, outside])), 1);
    return { loss: sum(mul(error, error), { axes: [0, 1] }), outputs: {} };
  },
  batch: examples => ({
    microbatches: [
      {
        x: float32(
          examples.flatMap(i => numbers(inside, i)),
          [examples.length, inside],
        ),
      },
    ],
    tokens: examples.length,
    metrics: () => ({}),
  }),
  fingerprint: String,
};

const numbers = (count: number, start: number) =>
  Array.from({ length: count }, (_, i) => Math.sin(start + i * 0.7));
const shapes = { v: [outside, inside], w: [1, outside] };
const parameters = Object.entries(shapes).map(([name, shape]) => ({ name, shape }));
const size = outside * inside + outside;

const train = (runtime: Runtime) =>
  trainInMemory({
    runtime,
    weights: new Map(),
    parameters,
    initial: new Map(parameters.map(({ name, shape }) => [name, numbers(elementCount(shape), 1)])),
    task: fit,
    examples: [1, 2],
    options: parseOptions(trainingOptionsSchema, {
      max_steps: steps,
      per_device_train_batch_size: 2,
      learning_rate: 1e-2,
    }),
  });

/** Which tensors of a run of ONNX Runtime are on the host, by their size. */
interface OrtRun {
  readonly outputs: readonly string[];
  readonly fed: readonly number[];
  readonly returned: readonly number[];
}

/** ONNX Runtime, of which every run is written down. */
const watched = (runs: OrtRun[]): Ort => {
  const onHost = (tensors: Readonly<Record<string, OrtTensor>>) =>
    Object.values(tensors).flatMap(({ location, size }) => (location === 'cpu' ? [size] : []));
  const create = async (...args: never[]) => {
    const session = await (ort.InferenceSession.create as (...args: never[]) => Promise<OrtSession>)(...args);
    const run = session.run.bind(session);
    session.run = (async (feeds: Record<string, OrtTensor>) => {
      const fed = onHost(feeds);
      const outputs = await run(feeds);
      runs.push({ outputs: Object.keys(outputs), fed, returned: onHost(outputs) });
      return outputs;
    }) as typeof session.run;
    return session;
  };
  return { Tensor: ort.Tensor, InferenceSession: { create: create as Ort['InferenceSession']['create'] } };
};

describe.skipIf(withoutDriver)(
  `gradients stay on the device from the first pass to the last step${withoutDriver ? `: ${withoutDriver}` : ''}`,
  () => {
    it('with ONNX Runtime on WebGPU', { timeout: 120_000 }, async () => {
      const runs: OrtRun[] = [];
      const channel = new InlineChannel(new OrtHost(watched(runs), 'webgpu'), 'onnx-webgpu');
      const runtime = runtimeOverChannel(channel, { device: 'webgpu', prepacks: () => false });
      await train(runtime);
      await runtime.dispose();

      const makes = (name: string) => (run: OrtRun) => run.outputs.includes(`outputs/${name}`);
      expect(runs.filter(makes('gradients.0'))).toHaveLength(steps);
      expect(runs.filter(makes('next_parameters'))).toHaveLength(steps);
      const training = runs.slice(
        runs.findIndex(makes('gradients.0')),
        runs.findLastIndex(makes('next_parameters')) + 1,
      );
      // Losses, counts and norms: nothing of a gradient's size, whole or in parts.
      expect(Math.max(...training.flatMap(({ returned }) => returned))).toBeLessThan(outside);
      expect(Math.max(...training.flatMap(({ fed }) => fed))).toBeLessThan(size);
      // What is read in the end shows that such a size would have been seen.
      expect(runs.flatMap(({ returned }) => returned)).toContain(size);
    });

    it('with gpu.js on WebGPU', { timeout: 120_000 }, async () => {
      const runtime = await createGpuRuntime({ mode: 'webgpu' });
      const sizes: number[] = [];
      const download = vi.spyOn(Device.prototype, 'download').mockImplementation(async handle => {
        const data = handle instanceof Float32Array ? handle : ((await handle.toArray()) as Float32Array);
        sizes.push(data.length);
        return data;
      });
      await train(runtime);
      download.mockRestore();
      await runtime.dispose();
      const read = sizes.indexOf(size);
      expect(read).toBeGreaterThanOrEqual(steps);
      expect(Math.max(...sizes.slice(0, read))).toBeLessThan(outside);
    });
  },
);
