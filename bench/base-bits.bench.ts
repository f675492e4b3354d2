/**
 * What a base in few bits does to training: the losses of the same SFT steps of SmolLM2-135M-Instruct on a base in
 * float32, in 8 bits and in 4, from the same adapter, on the same rows.
 *
 *   pnpm bench base-bits [data=FILE.jsonl.gz] [steps=6] [checkpointing=no|yes] [write=no|yes]
 *
 * `data` are transcripts as in hh-rlhf, also by CHARTER_BENCH_DATA; without it harmless-base is fetched from the hub.
 */
import { join } from 'node:path';
import { cacheFolder, pull } from '../packages/checkpoint/src/index.js';
import { machine } from '../packages/cli/src/run-record.js';
import { loadTokenizer } from '../packages/tokenizer/src/index.js';
import { runCharter, works, writeData } from './training/side-by-side.js';
import { writeSection } from './write-section.js';

const argument = (name: string, fallback: string): string =>
  process.argv.find(arg => arg.startsWith(`${name}=`))?.slice(name.length + 1) ?? fallback;
const steps = Number(argument('steps', '6'));
const data = argument('data', process.env.CHARTER_BENCH_DATA ?? 'datasets/Anthropic/hh-rlhf/harmless-base');

const model = await pull(process.env.SMOLLM2_GGUF ?? 'smollm2-135m-instruct');
const folder = join(cacheFolder(), 'bench', 'base-bits');
const files = await writeData(data, folder, {
  tokenizer: await loadTokenizer(model),
  count: steps * works.sft.batch_size,
});
const checkpointing = argument('checkpointing', 'no') === 'yes';
const table = ['| base | loss of each step | largest difference | GB at most |', '| --- | --- | --- | --- |'];
let whole: readonly number[] | undefined;
for (const quantize of [undefined, '8bit', '4bit'] as const) {
  const run = await runCharter(
    works.sft,
    { model, data: files.sft, steps, folder: join(folder, quantize ?? 'float32') },
    { quantize, 'gradient-checkpointing': checkpointing },
  );
  whole ??= run.losses;
  const difference = Math.max(...run.losses.map((loss, i) => Math.abs(loss - whole![i]!)));
  const losses = run.losses.map(loss => loss.toFixed(3)).join(', ');
  table.push(
    `| ${quantize?.replace('bit', ' bits') ?? 'float32'} | ${losses} | ${quantize ? difference.toFixed(3) : ''} | ` +
      `${(run.peak_rss / 1e9).toFixed(2)} |`,
  );
  console.log(table.at(-1));
}
if (argument('write', 'no') === 'yes') {
  const said = `\`pnpm bench base-bits\` on ${machine()}: SmolLM2-135M-Instruct, ${works.sft.title}.`;
  await writeSection('base-bits', [said, '', ...table].join('\n'));
}
