/**
 * Tokens per second of one LoRA training pass (forward, loss, all gradients) of SmolLM2-135M's shape with random
 * weights, as the trainer compiles it.
 *
 *   node --conditions=@charter/source --import tsx bench/training-pass.ts [rows=4] [time=128] [passes=6] [layers=30] [threads=] [checkpointing=0] [profile=prefix]
 */
import { existsSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSafetensors, writeSafetensors } from '../packages/checkpoint/src/index.js';
import { parseModelConfig, weightShapes } from '../packages/models/src/index.js';
import { createOnnxRuntime } from '../packages/runtime-onnx/src/index.js';
import { sftTask } from '../packages/sft/src/index.js';
import type { StoredTensor } from '../packages/tensor/src/index.js';
import { startLora } from '../packages/trainer/src/index.js';
import { TrainPrograms } from '../packages/trainer/src/loop/train-programs.js';
import { FlatParameters } from '../packages/trainer/src/optimizer/flat-parameters.js';

const argument = (name: string, fallback: number): number =>
  Number(process.argv.find(arg => arg.startsWith(`${name}=`))?.slice(name.length + 1) ?? fallback);
const [rows, time, passes, layers] = [
  argument('rows', 4),
  argument('time', 128),
  argument('passes', 6),
  argument('layers', 30),
];

const config = parseModelConfig(
  {
    model_type: 'llama',
    vocab_size: 49152,
    hidden_size: 576,
    intermediate_size: 1536,
    num_hidden_layers: layers,
    num_attention_heads: 9,
    num_key_value_heads: 3,
    max_position_embeddings: 8192,
    rope_theta: 100000,
    rms_norm_eps: 1e-5,
    tie_word_embeddings: true,
  },
  'bench',
);

const file = join(tmpdir(), `charter-bench-smollm2-${layers}.safetensors`);
if (!existsSync(file)) {
  let seed = 1;
  const tensors = [...weightShapes(config)].map(([name, shape]) => {
    const size = shape.reduce((n, d) => n * d, 1);
    const scale = shape.length === 1 ? 0 : shape[1]! ** -0.5;
    const data = Float32Array.from({ length: size }, () => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return shape.length === 1 ? 1 : (seed / 2 ** 31 - 1) * scale;
    });
    return [name, { shape, data }] as const;
  });
  await writeSafetensors(file, tensors);
}
const weights = (await openSafetensors(file)).tensors as ReadonlyMap<string, StoredTensor>;

const memory = () => `${Math.round(process.memoryUsage().rss / 1e6)} MB`;
const started = performance.now();
const seconds = (since: number) => ((performance.now() - since) / 1000).toFixed(2);

const profile = process.argv.find(arg => arg.startsWith('profile='))?.slice(8);
const runtime = await createOnnxRuntime({ profile, threads: argument('threads', availableParallelism()) });
const lora = await startLora(
  { folder: '', config, weights },
  { lora: { r: 16, lora_alpha: 32, target_modules: 'all-linear' }, seed: 1, dropout: false },
);
const parameters = new FlatParameters(lora.parameters);
const task = sftTask(config, { linear: lora.linear, packing: false, max_length: time });
const flat = parameters.pack(lora.initial);
const programs = await TrainPrograms.compile(
  {
    runtime,
    weights,
    parameters,
    task: task as never,
    gradient_checkpointing: argument('checkpointing', 0) > 0,
  },
  { adam_beta1: 0.9, adam_beta2: 0.999, adam_epsilon: 1e-8, weight_decay: 0, max_grad_norm: 1 },
  {
    parameters: flat,
    exp_avg: new Float32Array(flat.length),
    exp_avg_sq: new Float32Array(flat.length),
  } as never,
);
console.log(`compiled in ${seconds(started)} s, ${memory()}`);

const examples = Array.from({ length: rows }, (_, r) => ({
  ids: Array.from({ length: time }, (_, t) => (r * 7919 + t * 104729) % 49152),
  lossMask: Array.from({ length: time }, () => true),
}));
let best = Number.POSITIVE_INFINITY;
for (let pass = 0; pass < passes; pass++) {
  const before = process.cpuUsage();
  const t0 = performance.now();
  const batch = task.batch(examples, [examples]);
  const { loss } = await programs.pass(batch, { first: true, seed: pass });
  const ms = performance.now() - t0;
  const cpu = process.cpuUsage(before);
  best = Math.min(best, ms);
  console.log(
    `pass ${pass}: ${ms.toFixed(0)} ms (processor ${((cpu.user + cpu.system) / 1000).toFixed(0)} ms), loss ${loss.toFixed(4)}, ${memory()}`,
  );
  const s0 = performance.now();
  await programs.step({ learning_rate: 1e-3, step: pass + 1 });
  console.log(`  step ${(performance.now() - s0).toFixed(0)} ms`);
}
console.log(`best ${best.toFixed(0)} ms, ${((rows * time * 1000) / best).toFixed(0)} tokens/s`);
await runtime.dispose();
