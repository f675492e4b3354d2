/**
 * One size of `pnpm bench growth`, in a process of its own so that peak memory is that size's. Prints one line of JSON;
 * ends with a message on stderr when its memory exceeds `limit_gb`.
 *
 *   node --conditions=@charter/source --import tsx bench/training/growth-step.ts '{"model":"135M","rows":1,"time":512,…}'
 */
import { createOnnxRuntime } from '../../packages/runtime-onnx/src/index.js';
import type { GrowthSize } from './growth-sizes.js';
import { shapeConfig, shapedModel } from './model-shapes.js';
import { quantizedShape } from './quantized-shape.js';
import { compileTrainStep } from './train-step.js';

const { model, rows, time, quantized, gradient_checkpointing, steps, limit_gb } = JSON.parse(
  process.argv[2]!,
) as GrowthSize & { steps: number; limit_gb: number };

// Programs run in a worker thread, so this thread can watch memory.
setInterval(() => {
  if (process.memoryUsage().rss < limit_gb * 1e9) return;
  process.stderr.write(`over the limit of ${limit_gb} GB\n`);
  process.kill(process.pid, 'SIGKILL');
}, 50).unref();

const base = quantized
  ? { id: model, config: shapeConfig(model), weights: new Map() }
  : await shapedModel(model);
const runtime = await createOnnxRuntime();
const programs = await compileTrainStep(runtime, base, {
  time,
  weights: quantized ? await quantizedShape(model) : undefined,
  gradient_checkpointing,
});
let fastest = Number.POSITIVE_INFINITY;
for (let step = 1; step <= steps; step++) {
  const began = performance.now();
  await programs.step(rows, step);
  fastest = Math.min(fastest, performance.now() - began);
}
console.log(
  JSON.stringify({
    tokens_per_second: (rows * time * 1000) / fastest,
    peak_gb: process.resourceUsage().maxRSS / 1e6,
  }),
);
await programs.dispose();
await runtime.dispose();
