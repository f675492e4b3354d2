/**
 * LoRA training of SmolLM2-135M-Instruct by Charter and by TRL with PEFT, in turn: the same rows in the same order, the
 * same adapter at the start, the same optimizer. Prints speed, memory, the loss of both at each step, and the time from
 * the command to the first step; a run of everything writes the table in bench/README.md.
 *
 *   pnpm bench train [data=FILE.jsonl.gz] [python=.venv/bin/python] [work=sft,dpo,fixed] [rounds=3] [steps=] \
 *     [peer=yes|no] [checkpointing=no|yes] [write=yes|no]
 *
 * `data` are transcripts as in hh-rlhf; without it harmless-base is fetched from the hub. `python` has the packages of
 * fixtures/requirements.txt:
 *
 *   python3 -m venv .venv && .venv/bin/pip install -r fixtures/requirements.txt
 *
 * CHARTER_BENCH_DATA and CHARTER_BENCH_PYTHON say the same once for all. `checkpointing=yes` lets TRL recompute
 * activations, which is its default: slower, in less memory.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, openCheckpoint, pull } from '../packages/checkpoint/src/index.js';
import { machine } from '../packages/cli/src/command-line/run-record.js';
import { parseModelConfig, weightShapes } from '../packages/models/src/index.js';
import { createOnnxRuntime } from '../packages/runtime-onnx/src/index.js';
import { loadTokenizer } from '../packages/tokenizer/src/index.js';
import { startLora } from '../packages/trainer/src/index.js';
import { short, spread } from './spread.js';
import { gemmPeak } from './training/gemm-peak.js';
import {
  type Run,
  runCharter,
  runTrl,
  seed,
  trainingSeconds,
  type WorkName,
  works,
  writeData,
} from './training/side-by-side.js';
import { writeSection } from './write-section.js';

const argument = (name: string, fallback: string): string =>
  process.argv.find(arg => arg.startsWith(`${name}=`))?.slice(name.length + 1) ?? fallback;

const names = argument('work', 'sft,dpo,fixed').split(',') as WorkName[];
const unknown = names.find(name => !(name in works));
if (unknown) throw new Error(`work=${unknown}: there are ${Object.keys(works).join(', ')}.`);
const rounds = Number(argument('rounds', '3'));
const stepsOf = (name: WorkName) => Number(argument('steps', String(works[name].steps)));
const data = argument('data', process.env.CHARTER_BENCH_DATA ?? 'datasets/Anthropic/hh-rlhf/harmless-base');
const python = argument('python', process.env.CHARTER_BENCH_PYTHON ?? '.venv/bin/python');
const withPeer = argument('peer', 'yes') !== 'no';
if (withPeer && !existsSync(python)) {
  throw new Error(
    `There is no ${python}. Make it by \`python3 -m venv .venv && .venv/bin/pip install -r fixtures/requirements.txt\`, ` +
      'name another by python=, or leave TRL out by peer=no.',
  );
}

const model = await pull(process.env.SMOLLM2_GGUF ?? 'smollm2-135m-instruct');
const { config: json, weights } = await openCheckpoint(model);
const config = parseModelConfig(json);
const folder = join(cacheFolder(), 'bench', 'train');
const files = await writeData(data, folder, {
  tokenizer: await loadTokenizer(model),
  count: Math.max(...names.map(name => stepsOf(name) * works[name].batch_size)),
});
const lora = await startLora({ folder: model, config, weights }, { seed, dropout: true });
const adapter = join(folder, 'start');
const shapes = new Map(lora.parameters.map(({ name, shape }) => [name, shape]));
await lora.save(
  adapter,
  new Map([...lora.initial].map(([name, values]) => [name, { shape: shapes.get(name)!, data: values }])),
);

// Products with frozen weights, forward and backward; a weight that is looked up only is none.
const denseParameters = [...weightShapes(config)]
  .filter(
    ([name, shape]) => shape.length === 2 && (config.tie_word_embeddings || !name.includes('embed_tokens')),
  )
  .reduce((sum, [, [rows, columns]]) => sum + rows! * columns!, 0);

const gigabytes = ({ peak_rss }: Run) => peak_rss / 1e9;
const firstStep = ({ began, started }: Run) => (began - started) / 1000;
const firstLoss = ({ ends, started }: Run) => (ends[0]! - started) / 1000;
const table: string[] = [];
const starts: { charter: Run[]; trl: Run[] } = { charter: [], trl: [] };
let largestDifference = 0;
for (const name of names) {
  const work = works[name];
  const unit = work.method === 'dpo' ? 'pairs/s' : 'tokens/s';
  const side = { model, data: files[name], steps: stepsOf(name), folder: join(folder, name) };
  const speed = (run: Run, tokens: number) =>
    (work.method === 'dpo' ? side.steps * work.batch_size : tokens) / trainingSeconds(run);
  const charter: Run[] = [];
  const trl: Run[] = [];
  const peaks: number[] = [];
  console.log(`\n${work.title}: ${side.steps} steps`);
  for (let round = 0; round < rounds; round++) {
    if (name === 'fixed') {
      const runtime = await createOnnxRuntime();
      peaks.push(await gemmPeak(runtime));
      await runtime.dispose();
    }
    charter.push(await runCharter(work, side));
    const mine = charter.at(-1)!;
    const described = (run: Run) =>
      `${short(speed(run, mine.tokens))} ${unit}, ${gigabytes(run).toFixed(2)} GB, first step begins after ` +
      `${firstStep(run).toFixed(1)} s, done after ${firstLoss(run).toFixed(1)} s`;
    console.log(`  round ${round + 1}, Charter: ${described(mine)}`);
    if (peaks.length > 0) {
      const reached = (4 * denseParameters * speed(mine, mine.tokens)) / 1e9;
      console.log(
        `    ${short(reached)} dense GFLOP/s, ${short((100 * reached) / peaks.at(-1)!)} % of a bare product's ${short(peaks.at(-1)!)}`,
      );
    }
    if (!withPeer) continue;
    trl.push(
      await runTrl(work, side, {
        python,
        adapter: join(adapter, 'adapter_model.safetensors'),
        gradient_checkpointing: argument('checkpointing', 'no') === 'yes',
      }),
    );
    const peer = trl.at(-1)!;
    console.log(`    TRL: ${described(peer)}`);
    console.log(`    ${short(speed(mine, mine.tokens) / speed(peer, mine.tokens))} times as fast`);
    if (round > 0) continue;
    for (const [step, loss] of mine.losses.entries()) {
      const difference = Math.abs(loss - peer.losses[step]!);
      largestDifference = Math.max(largestDifference, difference);
      console.log(
        `    loss at step ${step + 1}: Charter ${loss.toFixed(4)}, TRL ${peer.losses[step]!.toFixed(4)}`,
      );
    }
    if (work.method === 'sft' && peer.tokens !== mine.tokens) {
      console.log(
        `    Charter saw ${mine.tokens} tokens, but TRL ${peer.tokens}: the figures do not compare.`,
      );
    }
  }
  if (!withPeer) continue;
  if (name === 'sft') Object.assign(starts, { charter, trl });
  const speeds = charter.map(run => speed(run, run.tokens));
  const peerSpeeds = trl.map((run, i) => speed(run, charter[i]!.tokens));
  const last = side.steps - 1;
  table.push(
    `| ${work.title} | ${spread(speeds)} ${unit} | ${spread(peerSpeeds)} ${unit} | ` +
      `${spread(speeds.map((value, i) => value / peerSpeeds[i]!))} | ${spread(charter.map(gigabytes))} GB | ` +
      `${spread(trl.map(gigabytes))} GB | ${charter[0]!.losses[last]!.toFixed(4)} | ${trl[0]!.losses[last]!.toFixed(4)} |`,
  );
  if (peaks.length > 0) {
    const best = Math.max(...peaks);
    const shares = speeds.map(value => (100 * 4 * denseParameters * value) / 1e9 / best);
    table.push(
      `| the same, of a bare matrix product's ${short(best)} GFLOP/s | ${spread(shares)} % | | | | | | |`,
    );
  }
}
if (!withPeer) process.exit();
const markdown = [
  `\`pnpm bench train\` on ${machine()}, LoRA r 16 on all linear layers of SmolLM2-135M-Instruct in float32, ${rounds} rounds in turn: ` +
    'the middle one, and from where to where all are. Tokens are those that are not padding; a bare product is ' +
    '2048 × 2048 × 2048, and its share counts 4 · parameters · tokens.',
  '',
  '| | Charter | TRL + PEFT | times as fast | Charter’s peak | TRL’s peak | loss of the last step | TRL’s |',
  '| --- | --- | --- | --- | --- | --- | --- | --- |',
  ...table,
  ...(starts.trl.length > 0
    ? [
        `| from the command to the first step | ${spread(starts.charter.map(firstStep))} s | ${spread(starts.trl.map(firstStep))} s | | | | | |`,
        `| until that step is done | ${spread(starts.charter.map(firstLoss))} s | ${spread(starts.trl.map(firstLoss))} s | | | | | |`,
      ]
    : []),
  '',
  `No loss of any step differs by more than ${largestDifference.toPrecision(1)} between the two.`,
].join('\n');
console.log(`\n${markdown}`);
if (argument('write', names.length === 3 && rounds >= 3 ? 'yes' : 'no') === 'yes') {
  await writeSection('train', markdown);
}
