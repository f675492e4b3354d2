/**
 * Tokens per second of a LoRA step (forward, loss, all gradients, optimizer) on a model of SmolLM2's shape with random
 * weights; of several precisions, alternating.
 *
 *   pnpm bench train-step [model=135M|360M|1.7B] [precision=float32|int8|float32,int8] [rows=4] [time=128] [steps=6] \
 *     [layers=] [threads=] [checkpointing=no|yes] [profile=PREFIX]
 *
 * `profile` writes the time of every operator to files with this prefix.
 */
import { availableParallelism } from 'node:os';
import type { MatmulPrecision } from '../packages/models/src/index.js';
import { createOnnxRuntime } from '../packages/runtime-onnx/src/index.js';
import { argument, numberArgument } from './argument.js';
import { medianAndRange } from './median-and-range.js';
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

const sides: {
  precision: string;
  programs: Awaited<ReturnType<typeof compileTrainStep>>;
  times: number[];
  cpuTimes: number[];
}[] = [];
for (const precision of argument('precision', 'float32').split(',')) {
  const began = performance.now();
  const programs = await compileTrainStep(runtime, model, {
    time,
    gradient_checkpointing: argument('checkpointing', 'no') === 'yes',
    matmul_precision: precision as MatmulPrecision,
  });
  sides.push({ precision, programs, times: [], cpuTimes: [] });
  console.log(`${precision}: compiled in ${((performance.now() - began) / 1000).toFixed(2)} s, ${memory()}`);
}

for (let step = 1; step <= numberArgument('steps', 6); step++) {
  for (const { precision, programs, times, cpuTimes } of sides) {
    const cpuBefore = process.cpuUsage();
    const started = performance.now();
    const loss = await programs.step(rows, step);
    const ms = performance.now() - started;
    const { user, system } = process.cpuUsage(cpuBefore);
    times.push(ms);
    cpuTimes.push((user + system) / 1000);
    console.log(
      `${precision}, step ${step}: ${ms.toFixed(0)} ms (CPU time ${cpuTimes.at(-1)!.toFixed(0)} ms), loss ${loss.toFixed(4)}, ${memory()}`,
    );
  }
}
const fastest = (times: readonly number[]) => Math.min(...times);
for (const { precision, programs, times } of sides) {
  const ms = fastest(times);
  console.log(
    `${precision}: fastest ${ms.toFixed(0)} ms, ${((rows * time * 1000) / ms).toFixed(0)} tokens/s`,
  );
  await programs.dispose();
}
const [first, ...others] = sides;
for (const { precision, times, cpuTimes } of others) {
  const gains = times.map((ms, i) => first!.times[i]! / ms);
  const gainsOfCpu = cpuTimes.map((ms, i) => first!.cpuTimes[i]! / ms);
  console.log(
    `${precision} is ${medianAndRange(gains)} times as fast as ${first!.precision}, by CPU time ${medianAndRange(gainsOfCpu)}`,
  );
}
await runtime.dispose();
