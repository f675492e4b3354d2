/**
 * LoRA training of SmolLM2-135M-Instruct by Charter and by TRL with PEFT, alternating: the same rows in the same order,
 * the same initial adapter, the same optimizer. Prints speed, memory, the loss at each step, and the time from the
 * command to the first step; a run of all workloads writes the tables in bench/README.md.
 *
 *   pnpm bench train [data=FILE.jsonl.gz] [python=.venv/bin/python] [workloads=sft,dpo,fixed] [rounds=3] [steps=] \
 *     [precision=int8,float32] [before=CHECKOUT] [peer=float32,bf16|no] [checkpointing=no|yes] [write=yes|no]
 *
 * `precision` lists the values of matmul_precision that Charter runs with. `before` is a folder with an earlier commit
 * and its dependencies, which runs in float32. `data` is a file of transcripts in the form of hh-rlhf; without it
 * harmless-base is fetched from the hub. `python` is an interpreter with the packages of fixtures/requirements.txt:
 *
 *   python3 -m venv .venv && .venv/bin/pip install -r fixtures/requirements.txt
 *
 * CHARTER_BENCH_DATA and CHARTER_BENCH_PYTHON set their defaults. `peer` lists the precisions of TRL; `checkpointing=yes`
 * lets TRL recompute activations, its own default: slower, in less memory.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
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
import { comparison, gigabytes, type TrainingSide, workloadTable } from './training/training-table.js';
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

const listed = <T extends string>(name: string, known: readonly T[], standard: string): T[] => {
  const given = argument(name, standard).split(',');
  const unknown = given.find(value => !known.includes(value as T));
  if (unknown) throw new Error(`${name}=${unknown}: expected some of ${known.join(', ')}.`);
  return given as T[];
};
const names = listed('workloads', Object.keys(workloads) as WorkloadName[], 'sft,dpo,fixed');
const precisions = listed('precision', ['float32', 'int8'], 'int8,float32');
const peers = argument('peer', '') === 'no' ? [] : listed('peer', ['float32', 'bf16'], 'float32,bf16');
const before = argument('before', '');
const rounds = numberArgument('rounds', 3);
const stepsOf = (name: WorkloadName) => Number(argument('steps', String(workloads[name].steps)));
const data = argument('data', process.env.CHARTER_BENCH_DATA ?? 'datasets/Anthropic/hh-rlhf/harmless-base');
const python = resolve(argument('python', process.env.CHARTER_BENCH_PYTHON ?? '.venv/bin/python'));
if (peers.length > 0 && !existsSync(python)) {
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

/** Runs one workload on each side, in turns. */
const measure = async (name: WorkloadName): Promise<{ sides: TrainingSide[]; peaks: number[] }> => {
  const workload = workloads[name];
  const given = { model, data: files[name], steps: stepsOf(name), folder: join(folder, name) };
  const starts = new Map<string, () => Promise<Run>>();
  for (const precision of precisions) {
    starts.set(`Charter, ${precision}`, () => runCharter(workload, given, { 'matmul-precision': precision }));
  }
  if (before) starts.set('Charter before', () => runCharter(workload, given, {}, resolve(before)));
  for (const precision of peers) {
    starts.set(`TRL + PEFT, ${precision}`, () =>
      runTrl(workload, given, {
        python,
        adapter: join(adapter, 'adapter_model.safetensors'),
        gradient_checkpointing: argument('checkpointing', 'no') === 'yes',
        precision,
      }),
    );
  }
  const runs = new Map([...starts.keys()].map(title => [title, [] as Run[]]));
  const peaks: number[] = [];
  console.log(`\n${workload.title}: ${given.steps} steps`);
  for (let round = 0; round < rounds; round++) {
    if (name === 'fixed') {
      const runtime = await createOnnxRuntime();
      peaks.push(await gemmPeak(runtime));
      await runtime.dispose();
    }
    for (const [title, start] of starts) {
      const run = await start();
      runs.get(title)!.push(run);
      console.log(
        `  round ${round + 1}, ${title}: ${trainingSeconds(run).toFixed(1)} s, ${gigabytes(run).toFixed(2)} GB, losses ` +
          run.losses.map(loss => loss.toFixed(4)).join(', '),
      );
    }
  }
  const [first] = [...runs.values()];
  const sides = [...runs].map(([title, own]) => ({
    title,
    runs: own,
    // Of the first side's tokens: they are those of all, unless a side cuts them otherwise.
    speeds: own.map(
      run =>
        (workload.method === 'dpo' ? given.steps * workload.batch_size : first![0]!.tokens) /
        trainingSeconds(run),
    ),
  }));
  const other = sides.find(
    ({ runs: [run] }) => workload.method === 'sft' && run!.tokens !== first![0]!.tokens,
  );
  if (other) {
    console.log(
      `  ${sides[0]!.title} saw ${first![0]!.tokens} tokens, but ${other.title} ${other.runs[0]!.tokens}: the figures ` +
        'cannot be compared.',
    );
  }
  return { sides, peaks };
};

const parts: string[] = [];
for (const name of names) {
  const { sides, peaks } = await measure(name);
  const unit = workloads[name].method === 'dpo' ? 'pairs/s' : 'tokens/s';
  parts.push(`**${workloads[name].title}**`, '', ...workloadTable(sides, unit), '', ...comparison(sides), '');
  const plain = sides.find(({ title }) => title === 'Charter, float32');
  if (peaks.length > 0 && plain) {
    const best = Math.max(...peaks);
    const shares = plain.speeds.map(value => (100 * 4 * denseParameters(config) * value) / 1e9 / best);
    parts.push(
      `Charter in float32 reaches ${medianAndRange(shares)} % of a bare 2048 × 2048 × 2048 product's ${roundedFigure(best)} GFLOP/s, at 4 · parameters · tokens operations.`,
      '',
    );
  }
}
const markdown = [
  `\`pnpm bench train\` on ${machine()}, LoRA r 16 on all linear layers of SmolLM2-135M-Instruct, ${rounds} alternating rounds: ` +
    'median (range). Padding is not counted as tokens. Weights are float32 everywhere; bf16 is autocast.',
  '',
  ...parts,
].join('\n');
console.log(`\n${markdown}`);
const whole = names.length === 3 && rounds >= 3 && peers.length > 0;
if (argument('write', whole ? 'yes' : 'no') === 'yes') await writeSection('train', markdown);
