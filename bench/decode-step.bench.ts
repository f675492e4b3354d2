/**
 * Tokens per second of decoding on a model of SmolLM2's shape with random float32 weights.
 *
 *   pnpm bench decode-step [model=135M|360M|1.7B] [rows=1] [steps=60] [threads=] [profile=PREFIX]
 *
 * `profile` writes the time of every operator to files with this prefix.
 */
import { availableParallelism } from 'node:os';
import { compileDecoder } from '../packages/generate/src/local/decoder-program.js';
import { KeyValueCache } from '../packages/generate/src/local/key-value-cache.js';
import { createOnnxRuntime } from '../packages/runtime-onnx/src/index.js';
import { argument, numberArgument } from './argument.js';
import { type ShapeName, shapedModel } from './training/model-shapes.js';

const [rows, steps] = [numberArgument('rows', 1), numberArgument('steps', 60)];
const { config, weights } = await shapedModel(argument('model', '135M') as ShapeName);
const runtime = await createOnnxRuntime({
  threads: numberArgument('threads', availableParallelism()),
  profile: argument('profile', '') || undefined,
});
const decoder = await compileDecoder({ runtime, config, weights, maxPositions: 512 });
console.log(`compiled, ${Math.round(process.memoryUsage().rss / 1e6)} MB`);
let cache = await KeyValueCache.create(runtime, decoder.layout, { rows, capacity: 256 });
const samples = Array.from({ length: rows }, (_, row) => ({ row, offset: 0 }));
const times: number[] = [];
const cpuBefore = process.cpuUsage();
for (let step = 0; step < steps; step++) {
  const started = performance.now();
  ({ cache } = await decoder.run({
    cache,
    tokens: samples.map(({ row }) => [(row * 31 + step * 7) % config.vocab_size]),
    samples,
  }));
  times.push(performance.now() - started);
}
const cpu = process.cpuUsage(cpuBefore);
const median = times.sort((a, b) => a - b)[steps >> 1]!;
console.log(
  `median ${median.toFixed(1)} ms per step (fastest ${times[0]!.toFixed(1)}, CPU time ${((cpu.user + cpu.system) / 1000 / steps).toFixed(1)}), ${((rows * 1000) / median).toFixed(0)} tokens/s`,
);
await cache.dispose();
await decoder.dispose();
await runtime.dispose();
