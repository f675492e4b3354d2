/**
 * One size of `pnpm bench growth`, in a process of its own so that its memory is its own. Prints one line of JSON;
 * ends, and says so, as soon as it takes more memory than it may.
 *
 *   node --conditions=@charter/source --import tsx bench/training/growth-step.ts '{"model":"135M","rows":1,"time":512,…}'
 */
import { createOnnxRuntime } from '../../packages/runtime-onnx/src/index.js';
import type { GrowthSize } from './growth-sizes.js';
import { shapeConfig, shapedModel } from './model-shapes.js';
import { passPrograms } from './pass-programs.js';
import { quantizedShape } from './quantized-shape.js';

const { model, rows, time, few_bits, gradient_checkpointing, steps, limit_gb } = JSON.parse(
  process.argv[2]!,
) as GrowthSize & { steps: number; limit_gb: number };

// The engine works in a thread of its own, so this one can watch.
setInterval(() => {
  if (process.memoryUsage().rss < limit_gb * 1e9) return;
  process.stderr.write(`more than ${limit_gb} GB\n`);
  process.kill(process.pid, 'SIGKILL');
}, 50).unref();

const base = few_bits
  ? { folder: model, config: shapeConfig(model), weights: new Map() }
  : await shapedModel(model);
const runtime = await createOnnxRuntime();
const programs = await passPrograms(runtime, base, {
  time,
  weights: few_bits ? await quantizedShape(model) : undefined,
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
