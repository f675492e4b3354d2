/**
 * LoRA training of SmolLM2-135M-Instruct by Charter and by TRL with PEFT, alternating: the same rows in the same order,
 * the same initial adapter, the same optimizer. Prints speed, memory, the loss of both at each step, and the time from
 * the command to the first step; a run of all workloads writes the table in bench/README.md.
 *
 *   pnpm bench train [data=FILE.jsonl.gz] [python=.venv/bin/python] [workloads=sft,dpo,fixed] [rounds=3] [steps=] \
 *     [peer=yes|no] [checkpointing=no|yes] [write=yes|no]
 *
 * `data` is a file of transcripts in the form of hh-rlhf; without it harmless-base is fetched from the hub. `python` is an
 * interpreter with the packages of fixtures/requirements.txt:
 *
 *   python3 -m venv .venv && .venv/bin/pip install -r fixtures/requirements.txt
 *
 * CHARTER_BENCH_DATA and CHARTER_BENCH_PYTHON set their defaults. `checkpointing=yes` lets TRL recompute activations, its
 * own default: slower, in less memory.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, openCheckpoint, pull } from '../packages/checkpoint/src/index.js';
import { machine } from '../packages/cli/src/command-line/run-record.js';
import { parseModelConfig } from '../packages/models/src/index.js';
import { createOnnxRuntime } from '../packages/runtime-onnx/src/index.js';
import { loadTokenizer } from '../packages/tokenizer/src/index.js';
import { startLora } from '../packages/trainer/src/index.js';
import { argument, numberArgument } from './argument.js';
import { medianAndRange, roundedFigure } from './median-and-range.js';
import { gemmPeak } from './training/gemm-peak.js';
import { denseParameters } from './training/model-shapes.js';
import {
  type Run,
  runCharter,
  runTrl,
  seed,
  trainingSeconds,
  type WorkloadName,
  workloads,
  writeWorkloadData,
} from './training/workloads.js';
import { writeSection } from './write-section.js';

const names = argument('workloads', 'sft,dpo,fixed').split(',') as WorkloadName[];
const unknown = names.find(name => !(name in workloads));
if (unknown) throw new Error(`workloads=${unknown}: expected some of ${Object.keys(workloads).join(', ')}.`);
const rounds = numberArgument('rounds', 3);
const stepsOf = (name: WorkloadName) => Number(argument('steps', String(workloads[name].steps)));
const data = argument('data', process.env.CHARTER_BENCH_DATA ?? 'datasets/Anthropic/hh-rlhf/harmless-base');
const python = argument('python', process.env.CHARTER_BENCH_PYTHON ?? '.venv/bin/python');
const withPeer = argument('peer', 'yes') !== 'no';
if (withPeer && !existsSync(python)) {
  throw new Error(
    `${python} does not exist. Create it with \`python3 -m venv .venv && .venv/bin/pip install -r fixtures/requirements.txt\`, ` +
      'name another interpreter with python=, or leave TRL out with peer=no.',
  );
}

const model = await pull(process.env.SMOLLM2_GGUF ?? 'smollm2-135m-instruct');
const { config: json, weights } = await openCheckpoint(model);
const config = parseModelConfig(json);
const folder = join(cacheFolder(), 'bench', 'train');
const files = await writeWorkloadData(data, folder, {
  tokenizer: await loadTokenizer(model),
  count: Math.max(...names.map(name => stepsOf(name) * workloads[name].batch_size)),
});
const lora = await startLora({ id: model, config, weights }, { seed, dropout: true });
const adapter = join(folder, 'start');
const shapes = new Map(lora.parameters.map(({ name, shape }) => [name, shape]));
await lora.save(
  adapter,
  new Map([...lora.initial].map(([name, values]) => [name, { shape: shapes.get(name)!, data: values }])),
);

const dense = denseParameters(config);

const gigabytes = ({ peak_rss }: Run) => peak_rss / 1e9;
const firstStep = ({ began, started }: Run) => (began - started) / 1000;
const firstLoss = ({ ends, started }: Run) => (ends[0]! - started) / 1000;
const table: string[] = [];
const starts: { charter: Run[]; trl: Run[] } = { charter: [], trl: [] };
let largestDifference = 0;
for (const name of names) {
  const workload = workloads[name];
  const unit = workload.method === 'dpo' ? 'pairs/s' : 'tokens/s';
  const side = { model, data: files[name], steps: stepsOf(name), folder: join(folder, name) };
  const speed = (run: Run, tokens: number) =>
    (workload.method === 'dpo' ? side.steps * workload.batch_size : tokens) / trainingSeconds(run);
  const charter: Run[] = [];
  const trl: Run[] = [];
  const peaks: number[] = [];
  console.log(`\n${workload.title}: ${side.steps} steps`);
  for (let round = 0; round < rounds; round++) {
    if (name === 'fixed') {
      const runtime = await createOnnxRuntime();
      peaks.push(await gemmPeak(runtime));
      await runtime.dispose();
    }
    charter.push(await runCharter(workload, side));
    const mine = charter.at(-1)!;
    const described = (run: Run) =>
      `${roundedFigure(speed(run, mine.tokens))} ${unit}, ${gigabytes(run).toFixed(2)} GB, first step begins after ` +
      `${firstStep(run).toFixed(1)} s, done after ${firstLoss(run).toFixed(1)} s`;
    console.log(`  round ${round + 1}, Charter: ${described(mine)}`);
    if (peaks.length > 0) {
      const reached = (4 * dense * speed(mine, mine.tokens)) / 1e9;
      console.log(
        `    ${roundedFigure(reached)} dense GFLOP/s, ${roundedFigure((100 * reached) / peaks.at(-1)!)} % of a bare product's ${roundedFigure(peaks.at(-1)!)}`,
      );
    }
    if (!withPeer) continue;
    trl.push(
      await runTrl(workload, side, {
        python,
        adapter: join(adapter, 'adapter_model.safetensors'),
        gradient_checkpointing: argument('checkpointing', 'no') === 'yes',
      }),
    );
    const peer = trl.at(-1)!;
    console.log(`    TRL: ${described(peer)}`);
    console.log(`    ${roundedFigure(speed(mine, mine.tokens) / speed(peer, mine.tokens))} times as fast`);
    if (round > 0) continue;
    for (const [step, loss] of mine.losses.entries()) {
      const difference = Math.abs(loss - peer.losses[step]!);
      largestDifference = Math.max(largestDifference, difference);
      console.log(
        `    loss at step ${step + 1}: Charter ${loss.toFixed(4)}, TRL ${peer.losses[step]!.toFixed(4)}`,
      );
    }
    if (workload.method === 'sft' && peer.tokens !== mine.tokens) {
      console.log(
        `    Charter saw ${mine.tokens} tokens, but TRL ${peer.tokens}: the figures cannot be compared.`,
      );
    }
  }
  if (!withPeer) continue;
  if (name === 'sft') Object.assign(starts, { charter, trl });
  const speeds = charter.map(run => speed(run, run.tokens));
  const peerSpeeds = trl.map((run, i) => speed(run, charter[i]!.tokens));
  const last = side.steps - 1;
  table.push(
    `| ${workload.title} | ${medianAndRange(speeds)} ${unit} | ${medianAndRange(peerSpeeds)} ${unit} | ` +
      `${medianAndRange(speeds.map((value, i) => value / peerSpeeds[i]!))} | ${medianAndRange(charter.map(gigabytes))} GB | ` +
      `${medianAndRange(trl.map(gigabytes))} GB | ${charter[0]!.losses[last]!.toFixed(4)} | ${trl[0]!.losses[last]!.toFixed(4)} |`,
  );
  if (peaks.length > 0) {
    const best = Math.max(...peaks);
    const shares = speeds.map(value => (100 * 4 * dense * value) / 1e9 / best);
    table.push(
      `| the same, share of a bare matrix product's ${roundedFigure(best)} GFLOP/s | ${medianAndRange(shares)} % | | | | | | |`,
    );
  }
}
if (!withPeer) process.exit();
const markdown = [
  `\`pnpm bench train\` on ${machine()}, LoRA r 16 on all linear layers of SmolLM2-135M-Instruct in float32, ${rounds} alternating rounds: ` +
    'median (range). Padding is not counted as tokens; the share of a bare 2048 × 2048 × 2048 product counts ' +
    '4 · parameters · tokens operations.',
  '',
  '| | Charter | TRL + PEFT | speedup | Charter, peak | TRL, peak | Charter, last loss | TRL, last loss |',
  '| --- | --- | --- | --- | --- | --- | --- | --- |',
  ...table,
  ...(starts.trl.length > 0
    ? [
        `| from the command to the first step | ${medianAndRange(starts.charter.map(firstStep))} s | ${medianAndRange(starts.trl.map(firstStep))} s | | | | | |`,
        `| from the command to the end of the first step | ${medianAndRange(starts.charter.map(firstLoss))} s | ${medianAndRange(starts.trl.map(firstLoss))} s | | | | | |`,
      ]
    : []),
  '',
  `Losses at equal steps differ by at most ${largestDifference.toPrecision(1)}.`,
].join('\n');
console.log(`\n${markdown}`);
if (argument('write', names.length === 3 && rounds >= 3 ? 'yes' : 'no') === 'yes') {
  await writeSection('train', markdown);
}
