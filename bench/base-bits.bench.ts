/**
 * What the form of the base does to training: the losses of the same SFT and DPO steps of SmolLM2-135M-Instruct on a base
 * in float32, stored in bfloat16 and in float16, in 8 bits and in 4, from the same adapter, on the same rows.
 *
 *   pnpm bench base-bits [data=FILE.jsonl.gz] [work=sft,dpo] [steps=6] [checkpointing=no|yes] [write=no|yes]
 *
 * `data` are transcripts as in hh-rlhf, also by CHARTER_BENCH_DATA; without it harmless-base is fetched from the hub.
 */
import { join } from 'node:path';
import { cacheFolder, pull } from '../packages/checkpoint/src/index.js';
import { machine } from '../packages/cli/src/command-line/run-record.js';
import { loadTokenizer } from '../packages/tokenizer/src/index.js';
import { runCharter, type WorkName, works, writeData } from './training/side-by-side.js';
import { storedAs } from './training/stored-as.js';
import { writeSection } from './write-section.js';

const argument = (name: string, fallback: string): string =>
  process.argv.find(arg => arg.startsWith(`${name}=`))?.slice(name.length + 1) ?? fallback;
const steps = Number(argument('steps', '6'));
const names = argument('work', 'sft,dpo').split(',') as WorkName[];
const data = argument('data', process.env.CHARTER_BENCH_DATA ?? 'datasets/Anthropic/hh-rlhf/harmless-base');

const model = await pull(process.env.SMOLLM2_GGUF ?? 'smollm2-135m-instruct');
const folder = join(cacheFolder(), 'bench', 'base-bits');
const files = await writeData(data, folder, {
  tokenizer: await loadTokenizer(model),
  count: steps * works.sft.batch_size,
});
const checkpointing = argument('checkpointing', 'no') === 'yes';
const bases = [
  { name: 'float32', model },
  { name: 'stored in bfloat16', model: await storedAs(model, 'bfloat16', join(folder, 'bfloat16')) },
  { name: 'stored in float16', model: await storedAs(model, 'float16', join(folder, 'float16')) },
  { name: '8 bits', model, quantize: '8bit' },
  { name: '4 bits', model, quantize: '4bit' },
] as const;

const tables: string[] = [];
for (const name of names) {
  const work = works[name];
  const table = [
    '| base | loss of each step | largest difference | GB at most |',
    '| --- | --- | --- | --- |',
  ];
  let whole: readonly number[] | undefined;
  console.log(work.title);
  for (const base of bases) {
    const run = await runCharter(
      work,
      { model: base.model, data: files[name], steps, folder: join(folder, `${name} ${base.name}`) },
      { quantize: 'quantize' in base ? base.quantize : undefined, 'gradient-checkpointing': checkpointing },
    );
    const first = whole === undefined;
    whole ??= run.losses;
    const difference = Math.max(...run.losses.map((loss, i) => Math.abs(loss - whole![i]!)));
    const losses = run.losses.map(loss => loss.toFixed(3)).join(', ');
    table.push(
      `| ${base.name} | ${losses} | ${first ? '' : difference.toFixed(4)} | ${(run.peak_rss / 1e9).toFixed(2)} |`,
    );
    console.log(table.at(-1));
  }
  tables.push(`${work.title}:`, '', ...table, '');
}
if (argument('write', 'no') === 'yes') {
  const said = `\`pnpm bench base-bits\` on ${machine()}, SmolLM2-135M-Instruct.`;
  await writeSection('base-bits', [said, '', ...tables].join('\n'));
}
