/**
 * Tokens per second of SFT, DPO and generation with charter-tiny on each engine of this machine, one after the other,
 * compilation excluded. A run of every engine writes the table in bench/README.md. Without a GPU, VK_DRIVER_FILES may
 * name a driver that computes on the processor: the table says so.
 *
 *   pnpm bench device [engines=onnx-cpu,onnx-webgpu,gpu.js-cpu,…] [steps=3] [rows=2] [tokens=16] [write=yes|no]
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { machine } from '../packages/cli/src/command-line/run-record.js';
import { dpo } from '../packages/dpo/src/index.js';
import { localModel, type Message } from '../packages/generate/src/index.js';
import { loadModel } from '../packages/models/src/index.js';
import { createGpuRuntime } from '../packages/runtime-gpu/src/index.js';
import { createOnnxRuntime } from '../packages/runtime-onnx/src/index.js';
import { sft } from '../packages/sft/src/index.js';
import type { Runtime } from '../packages/tensor/src/index.js';
import type { TrainProgress } from '../packages/trainer/src/index.js';
import { argument } from './argument.js';
import { writeSection } from './write-section.js';

const engines: Readonly<Record<string, () => Promise<Runtime>>> = {
  'onnx-cpu': () => createOnnxRuntime(),
  'onnx-webgpu': () => createOnnxRuntime({ device: 'webgpu' }),
  'onnx-cuda': () => createOnnxRuntime({ device: 'cuda' }),
  'gpu.js-cpu': () => createGpuRuntime({ mode: 'cpu' }),
  'gpu.js-webasm': () => createGpuRuntime({ mode: 'webasm' }),
  'gpu.js-webgpu': () => createGpuRuntime({ mode: 'webgpu' }),
};
const names = argument('engines', Object.keys(engines).join()).split(',');
const unknown = names.find(name => !(name in engines));
if (unknown) throw new Error(`engines=${unknown}: there are ${Object.keys(engines).join(', ')}.`);
const [steps, count, tokens] = [argument('steps', '3'), argument('rows', '2'), argument('tokens', '16')].map(
  Number,
) as [number, number, number];

const folder = 'packages/charter-tiny/model';
const model = await loadModel(folder, { id: 'charter-tiny' });
const lines = (await readFile('packages/charter-tiny/prompts/helpful.jsonl', 'utf8')).split('\n');
const found = lines.slice(0, count).map(line => JSON.parse(line) as { prompt: Message[]; response: string });
const answer = (content: string): Message[] => [{ role: 'assistant', content }];
const rows = found.map(({ prompt, response }, i) => ({
  prompt,
  completion: answer(response),
  chosen: answer(response),
  rejected: answer(found[(i + 1) % count]!.response),
}));

/** Tokens per second between the end of the first step, which compiles, and the end of the last. */
const speedOf = async (train: (onProgress: (at: TrainProgress) => void) => Promise<unknown>) => {
  let first: TrainProgress | undefined;
  let last: TrainProgress | undefined;
  await train(at => {
    if (at.step === 1) first ??= at;
    last = at;
  });
  return (last!.tokens - first!.tokens) / (last!.seconds - first!.seconds);
};

const measure = async (runtime: Runtime, out: string) => {
  const request = { runtime, model, rows };
  // Every step has all rows.
  const options = { max_steps: steps, per_device_train_batch_size: count, logging_steps: 1 };
  const trained = {
    SFT: await speedOf(onProgress => sft({ ...request, out: join(out, 'sft'), options, onProgress })),
    DPO: await speedOf(onProgress => dpo({ ...request, out: join(out, 'dpo'), options, onProgress })),
  };
  const writer = localModel({
    runtime,
    // No end-of-sequence token, so every text has its full length.
    model: { ...model, tokenizer: { ...model.tokenizer, eosTokenIds: [] } },
  });
  const write = () =>
    Promise.all(rows.map(({ prompt }) => writer.generate({ prompt, max_new_tokens: tokens })));
  await write();
  const began = performance.now();
  await write();
  const seconds = (performance.now() - began) / 1000;
  await writer.dispose();
  return { ...trained, generation: (count * tokens) / seconds };
};

/** Name of the WebGPU device, such as `SwiftShader Device (LLVM 16.0.0)`. */
const gpuOf = (runtime: Runtime): string | undefined => {
  const info = (runtime.device as { adapterInfo?: Record<'description' | 'device', string> })?.adapterInfo;
  return info && (info.description || info.device);
};

const table: string[] = [];
const missing: string[] = [];
let gpu: string | undefined;
for (const name of names) {
  const out = await mkdtemp(join(tmpdir(), 'charter-device-'));
  try {
    const runtime = await engines[name]!();
    gpu ??= gpuOf(runtime);
    const figures = Object.values(await measure(runtime, out)).map(speed =>
      String(Number(speed.toPrecision(3))),
    );
    table.push(`| ${name} | ${figures.join(' | ')} |`);
    await runtime.dispose();
  } catch (error) {
    missing.push(`${name}: ${(error as Error).message.split('\n')[0]}`);
  }
  await rm(out, { recursive: true });
  console.log(table.at(-1)?.includes(name) ? table.at(-1) : missing.at(-1));
}

const simulated = gpu === undefined || /swiftshader|llvmpipe/i.test(gpu);
const text = [
  `${machine()}; Node ${process.version}.${gpu === undefined ? '' : ` WebGPU on ${gpu}.`}${simulated && gpu ? ' That driver computes on the processor: its rows show that everything runs, and nothing about the speed of a GPU.' : ''}`,
  '',
  '| engine | SFT, tokens/s | DPO, tokens/s | generation, tokens/s |',
  '| --- | --- | --- | --- |',
  ...table,
  ...(simulated ? ['| a GPU | not measured | not measured | not measured |'] : []),
  '',
  ...missing.map(reason => `- Not available: ${reason}`),
].join('\n');
if (names.length === Object.keys(engines).length && argument('write', 'yes') === 'yes')
  await writeSection('device', text);
else console.log(`\n${text}`);
