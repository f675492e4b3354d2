/**
 * Tokens per second of decoding with SmolLM2-135M's shape and the random weights of training-pass.ts (run that first).
 *
 *   node --conditions=@charter/source --import tsx bench/decode-step.ts [rows=1] [steps=60] [profile=prefix]
 */
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSafetensors } from '../packages/checkpoint/src/index.js';
import { compileDecoder } from '../packages/generate/src/local/decoder-program.js';
import { KeyValueCache } from '../packages/generate/src/local/key-value-cache.js';
import { parseModelConfig } from '../packages/models/src/index.js';
import { createOnnxRuntime } from '../packages/runtime-onnx/src/index.js';
import type { StoredTensor } from '../packages/tensor/src/index.js';

const argument = (name: string, fallback: number): number =>
  Number(process.argv.find(arg => arg.startsWith(`${name}=`))?.slice(name.length + 1) ?? fallback);
const [rows, steps] = [argument('rows', 1), argument('steps', 60)];
const profile = process.argv.find(arg => arg.startsWith('profile='))?.slice(8);

const config = parseModelConfig(
  {
    model_type: 'llama',
    vocab_size: 49152,
    hidden_size: 576,
    intermediate_size: 1536,
    num_hidden_layers: 30,
    num_attention_heads: 9,
    num_key_value_heads: 3,
    max_position_embeddings: 8192,
    rope_theta: 100000,
    rms_norm_eps: 1e-5,
    tie_word_embeddings: true,
  },
  'bench',
);
const file = join(tmpdir(), 'charter-bench-smollm2-30.safetensors');
const weights = (await openSafetensors(file)).tensors as ReadonlyMap<string, StoredTensor>;
const runtime = await createOnnxRuntime({ threads: argument('threads', availableParallelism()), profile });
const decoder = await compileDecoder({ runtime, config, weights, maxPositions: 512 });
console.log(`compiled, ${Math.round(process.memoryUsage().rss / 1e6)} MB`);
let cache = await KeyValueCache.create(runtime, decoder.layout, { rows, capacity: 256 });
const samples = Array.from({ length: rows }, (_, row) => ({ row, offset: 0 }));
const times: number[] = [];
const before = process.cpuUsage();
for (let step = 0; step < steps; step++) {
  const started = performance.now();
  ({ cache } = await decoder.run({
    cache,
    tokens: samples.map(({ row }) => [(row * 31 + step * 7) % 49152]),
    samples,
  }));
  times.push(performance.now() - started);
}
const cpu = process.cpuUsage(before);
const median = times.sort((a, b) => a - b)[steps >> 1]!;
console.log(
  `median ${median.toFixed(1)} ms a step (best ${times[0]!.toFixed(1)}, processor ${((cpu.user + cpu.system) / 1000 / steps).toFixed(1)}), ${((rows * 1000) / median).toFixed(0)} tokens/s`,
);
await decoder.dispose();
await runtime.dispose();
