/**
 * Tokens per second that SmolLM2-135M-Instruct writes in float32 with 1, 4 and 16 sequences at a time, prompts
 * included; and the fastest and the median step, which say what a busy machine hides.
 *
 *   pnpm bench generate [sequences=1,4,16] [tokens=128] [temperature=0]
 */
import { openCheckpoint, pull } from '../packages/checkpoint/src/index.js';
import { type GenerationStats, localModel } from '../packages/generate/src/index.js';
import { parseModelConfig } from '../packages/models/src/index.js';
import { createOnnxRuntime } from '../packages/runtime-onnx/src/index.js';
import { loadTokenizer } from '../packages/tokenizer/src/index.js';

const argument = (name: string, fallback: string): string =>
  process.argv.find(arg => arg.startsWith(`${name}=`))?.slice(name.length + 1) ?? fallback;
const tokens = Number(argument('tokens', '128'));
const temperature = Number(argument('temperature', '0'));

const folder = await pull(process.env.SMOLLM2_GGUF ?? 'smollm2-135m-instruct');
const { config, weights } = await openCheckpoint(folder);
const tokenizer = await loadTokenizer(folder);
const runtime = await createOnnxRuntime();
let steps: number[] = [];
let last = 0;
const model = localModel({
  runtime,
  config: parseModelConfig(config),
  weights,
  // Nothing ends a text early.
  tokenizer: { ...tokenizer, eosTokenIds: [] },
  name: 'smollm2-135m-instruct',
  onProgress: (_: GenerationStats) => {
    steps.push(performance.now() - last);
    last = performance.now();
  },
});
await model.generate({ prompt: 'Hello', max_new_tokens: 2 });

for (const sequences of argument('sequences', '1,4,16').split(',').map(Number)) {
  steps = [];
  last = performance.now();
  const begin = last;
  const requests = Array.from({ length: sequences }, (_, seed) =>
    model.generate({
      prompt: [{ role: 'user', content: `Tell me story number ${seed} of the sea.` }],
      max_new_tokens: tokens,
      temperature,
      seed,
    }),
  );
  await Promise.all(requests);
  const seconds = (performance.now() - begin) / 1000;
  const sorted = steps.slice(-(tokens - 8)).sort((a, b) => a - b);
  console.log({
    sequences,
    tokens_per_second: Number(((sequences * tokens) / seconds).toFixed(1)),
    fastest_step_ms: Number(sorted[0]!.toFixed(1)),
    median_step_ms: Number(sorted[sorted.length >> 1]!.toFixed(1)),
    rss_mb: Math.round(process.memoryUsage().rss / 1e6),
  });
}
await model.dispose();
await runtime.dispose();
