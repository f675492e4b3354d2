/**
 * LoRA on a model that is no language model: a network of two layers learns a new task with its own weights frozen. The
 * adapter is saved in PEFT's format, for a PyTorch module whose layers have the same names.
 */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeSafetensors, parseSafetensors } from '@charter/checkpoint';
import {
  initLora,
  loraConfigSchema,
  loraLinear,
  loraParameters,
  loraTargets,
  saveAdapter,
} from '@charter/lora';
import { createOnnxRuntime } from '@charter/runtime-onnx';
import { div, float32, type Graph, mul, relu, scalar, sub, sum, type Value } from '@charter/tensor';
import { parseOptions, type TrainingTask, train, trainingOptionsSchema } from '@charter/trainer';

const [inputs, hidden] = [2, 16];
const random = (() => {
  let state = 1;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647 - 0.5;
  };
})();
const numbers = (length: number) => Float32Array.from({ length }, random);

// The model: frozen weights by their names, as they might come from a safetensors file.
const { tensors: weights } = parseSafetensors(
  encodeSafetensors(
    new Map([
      ['up.weight', { shape: [hidden, inputs], data: numbers(hidden * inputs).map(value => 4 * value) }],
      ['down.weight', { shape: [1, hidden], data: numbers(hidden) }],
    ]),
  ),
);
const modules = [
  { name: 'up', in_features: inputs, out_features: hidden },
  { name: 'down', in_features: hidden, out_features: 1 },
];

const config = loraConfigSchema.parse({ r: 4, lora_alpha: 8, target_modules: ['up', 'down'] });
const targets = loraTargets(config, modules, 'mlp');
const linear = (graph: Graph) =>
  loraLinear(targets, { parameter: (name, shape) => graph.weight(name, shape) });

const mlp = (graph: Graph, x: Value): Value => {
  const layer = linear(graph);
  const up = layer(x, { name: 'up', weight: graph.weight('up.weight', [hidden, inputs]) }); // [points, hidden]
  return layer(relu(up), { name: 'down', weight: graph.weight('down.weight', [1, hidden]) }); // [points, 1]
};

type Point = readonly [x: number, y: number, value: number];
const task: TrainingTask<Point> = {
  build(graph) {
    const error = sub(
      mlp(graph, graph.input('x', 'float32', ['points', inputs])),
      graph.input('y', 'float32', ['points', 1]),
    );
    return {
      loss: div(sum(mul(error, error), { axes: [0, 1] }), graph.input('count', 'float32', [])),
      outputs: {},
    };
  },
  batch: (points, stepBatches) => ({
    microbatches: [
      {
        x: float32(
          points.flatMap(point => point.slice(0, 2)),
          [points.length, inputs],
        ),
        y: float32(
          points.map(([, , value]) => value),
          [points.length, 1],
        ),
        count: scalar(stepBatches.flat().length),
      },
    ],
    tokens: points.length,
    metrics: () => ({}),
  }),
  fingerprint: point => `${point}`,
};

const points = Array.from({ length: 64 }, (): Point => {
  const [x, y] = [2 * random(), 2 * random()];
  return [x, y, Math.abs(x) - y];
});
const runtime = await createOnnxRuntime();
const out = await mkdtemp(join(tmpdir(), 'charter-example-'));
const save = (folder: string, tensors: Parameters<typeof saveAdapter>[1]['tensors']) =>
  saveAdapter(folder, { config, targets, tensors, baseModel: 'mlp' });
const losses: number[] = [];
const { parameters } = await train({
  runtime,
  task,
  weights,
  parameters: loraParameters(targets),
  initial: initLora(targets, { seed: 1 }),
  examples: points,
  options: parseOptions(trainingOptionsSchema, {
    learning_rate: 0.02,
    num_train_epochs: 30,
    per_device_train_batch_size: 16,
  }),
  out,
  save,
  onProgress: ({ loss }) => {
    if (loss !== undefined) losses.push(loss);
  },
});
const adapter = join(out, 'adapter');
await save(adapter, parameters);
const written = JSON.parse(await readFile(join(adapter, 'adapter_config.json'), 'utf8'));

console.log(`loss ${losses[0]!.toFixed(3)} → ${losses.at(-1)!.toFixed(3)} in ${losses.length} steps`);
console.log((await readdir(adapter)).join(', '));

assert.ok(losses.at(-1)! < 0.1 * losses[0]!);
// PEFT wraps a model as a language model only where the file says that it is one.
assert.equal(written.task_type, null);

await runtime.dispose();
await rm(out, { recursive: true });
