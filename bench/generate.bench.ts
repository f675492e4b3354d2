/**
 * Generation speed of SmolLM2-135M-Instruct with 1, 4 and 16 concurrent sequences, prompts included, by Charter and by
 * node-llama-cpp with the same prompts on the same GGUF, alternating; the fastest and the median step show the load of
 * the machine. The first run installs the peer into the cache folder.
 *
 *   SMOLLM2_GGUF=model.gguf pnpm bench generate [quantize=4bit|8bit|none] [precision=float32|int8] \
 *     [sequences=1,4,16] [tokens=128] [temperature=0] [rounds=3] [peer=yes|no] [write=yes|no]
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cacheFolder, pull } from '../packages/checkpoint/src/index.js';
import { machine } from '../packages/cli/src/command-line/run-record.js';
import { type GenerationStats, localModel, type MatmulPrecision } from '../packages/generate/src/index.js';
import { loadModel } from '../packages/models/src/index.js';
import { createOnnxRuntime } from '../packages/runtime-onnx/src/index.js';
import { argument, numberArgument } from './argument.js';
import { medianAndRange } from './median-and-range.js';
import { writeSection } from './write-section.js';

const tokens = numberArgument('tokens', 128);
const temperature = numberArgument('temperature', 0);
const precision = argument('precision', 'float32') as MatmulPrecision;
const quantize = argument('quantize', precision === 'int8' ? 'none' : '4bit');
const rounds = numberArgument('rounds', 3);
const run = promisify(execFile);

/** Folder of node-llama-cpp; undefined, with the reason printed, when it cannot be installed. */
const peerFolder = async (): Promise<string | undefined> => {
  if (argument('peer', 'yes') === 'no') return undefined;
  if (!process.env.SMOLLM2_GGUF) {
    console.log('node-llama-cpp is left out: SMOLLM2_GGUF does not name the model file.');
    return undefined;
  }
  const folder = `${cacheFolder()}/bench/node-llama-cpp`;
  if (existsSync(`${folder}/node_modules/node-llama-cpp`)) return folder;
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/package.json`, '{ "private": true }');
  try {
    const npm = ['install', '--no-audit', '--no-fund', '--ignore-scripts', 'node-llama-cpp@3.22'];
    await run('npm', npm, { cwd: folder });
    return folder;
  } catch (error) {
    console.log(`node-llama-cpp is left out, it cannot be installed: ${(error as Error).message}`);
    return undefined;
  }
};

const peer = await peerFolder();
const measurePeer = async (folder: string, sequences: number) => {
  const script = fileURLToPath(new URL('peers/node-llama.mjs', import.meta.url));
  const numbers = [sequences, tokens, availableParallelism()].map(String);
  const { stdout } = await run('node', [script, folder, process.env.SMOLLM2_GGUF!, ...numbers]);
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as { written: number; tokens_per_second: number };
};

const folder = await pull(process.env.SMOLLM2_GGUF ?? 'smollm2-135m-instruct');
const pretrained = await loadModel(folder, {
  id: 'smollm2-135m-instruct',
  quantize: quantize === '4bit' || quantize === '8bit' ? quantize : undefined,
});
const runtime = await createOnnxRuntime();
let steps: number[] = [];
let last = 0;
const model = localModel({
  runtime,
  matmul_precision: precision,
  // No end-of-sequence token, so every text has its full length.
  model: { ...pretrained, tokenizer: { ...pretrained.tokenizer, eosTokenIds: [] } },
  onProgress: (_: GenerationStats) => {
    steps.push(performance.now() - last);
    last = performance.now();
  },
});
await model.generate({ prompt: 'Hello', max_new_tokens: 3 });

const measure = async (sequences: number) => {
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
  return {
    tokens_per_second: (sequences * tokens) / seconds,
    fastest_step_ms: sorted[0]!,
    median_step_ms: sorted[sorted.length >> 1]!,
  };
};

const sizes = argument('sequences', '1,4,16').split(',').map(Number);
const table: string[] = [];
for (const sequences of sizes) {
  const ours: Awaited<ReturnType<typeof measure>>[] = [];
  const theirs: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    ours.push(await measure(sequences));
    if (peer) theirs.push((await measurePeer(peer, sequences)).tokens_per_second);
    const { tokens_per_second, fastest_step_ms, median_step_ms } = ours.at(-1)!;
    console.log(
      `${sequences} sequences, round ${round}: ${tokens_per_second.toFixed(1)} tokens/s (step: fastest ` +
        `${fastest_step_ms.toFixed(1)} ms, median ${median_step_ms.toFixed(1)} ms)` +
        (peer ? `, node-llama-cpp ${theirs.at(-1)!.toFixed(1)}` : ''),
    );
  }
  const speeds = ours.map(one => one.tokens_per_second);
  table.push(
    `| ${sequences} | ${medianAndRange(speeds)} | ${peer ? medianAndRange(theirs) : ''} | ` +
      `${peer ? medianAndRange(speeds.map((speed, i) => speed / theirs[i]!)) : ''} | ` +
      `${medianAndRange(ours.map(one => one.fastest_step_ms))} ms | ${medianAndRange(ours.map(one => one.median_step_ms))} ms |`,
  );
}
await model.dispose();
await runtime.dispose();

const bits =
  precision === 'int8'
    ? 'float32 with 8-bit products'
    : quantize === 'none'
      ? 'float32'
      : quantize.replace('bit', ' bits');
const markdown = [
  `\`pnpm bench generate\` on ${machine()}: SmolLM2-135M-Instruct in ${bits}, ${tokens} ` +
    `${temperature === 0 ? 'greedy ' : ''}tokens per sequence, prompts included, in tokens/s; ${rounds} alternating rounds: ` +
    'median (range).',
  '',
  '| sequences | Charter | node-llama-cpp 3.22 | speedup | fastest step | median step |',
  '| --- | --- | --- | --- | --- | --- |',
  ...table,
].join('\n');
console.log(`\n${markdown}`);
const fullTable = peer !== undefined && sizes.join() === '1,4,16' && rounds >= 3 && quantize === '4bit';
if (argument('write', fullTable ? 'yes' : 'no') === 'yes') await writeSection('generate', markdown);
