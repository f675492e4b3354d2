/**
 * Tokens per second of a LoRA step (forward, loss, all gradients, optimizer) on a model of SmolLM2's shape with random
 * weights.
 *
 *   pnpm bench train-step [model=135M|360M|1.7B] [rows=4] [time=128] [steps=6] [layers=] [threads=] \
 *     [checkpointing=no|yes] [profile=PREFIX]
 *
 * `profile` writes the time of every operator to files with this prefix.
 */
import { availableParallelism } from 'node:os';
import { createOnnxRuntime } from '../packages/runtime-onnx/src/index.js';
import { argument, numberArgument } from './argument.js';
import { type ShapeName, shapedModel } from './training/model-shapes.js';
import { compileTrainStep } from './training/train-step.js';

const [rows, time] = [numberArgument('rows', 4), numberArgument('time', 128)];
const model = await shapedModel(
  argument('model', '135M') as ShapeName,
  numberArgument('layers', 0) || undefined,
);
const runtime = await createOnnxRuntime({
  profile: argument('profile', '') || undefined,
  threads: numberArgument('threads', availableParallelism()),
});
const memory = () => `${Math.round(process.memoryUsage().rss / 1e6)} MB`;

const began = performance.now();
const programs = await compileTrainStep(runtime, model, {
  time,
  gradient_checkpointing: argument('checkpointing', 'no') === 'yes',
});
console.log(`compiled in ${((performance.now() - began) / 1000).toFixed(2)} s, ${memory()}`);

let fastest = Number.POSITIVE_INFINITY;
for (let step = 1; step <= numberArgument('steps', 6); step++) {
  const cpuBefore = process.cpuUsage();
  const started = performance.now();
  const loss = await programs.step(rows, step);
  const ms = performance.now() - started;
  const cpu = process.cpuUsage(cpuBefore);
  fastest = Math.min(fastest, ms);
  console.log(
    `step ${step}: ${ms.toFixed(0)} ms (CPU time ${((cpu.user + cpu.system) / 1000).toFixed(0)} ms), loss ${loss.toFixed(4)}, ${memory()}`,
  );
}
console.log(`fastest ${fastest.toFixed(0)} ms, ${((rows * time * 1000) / fastest).toFixed(0)} tokens/s`);
await programs.dispose();
await runtime.dispose();
