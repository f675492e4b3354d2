/**
 * Training losses by the number format of the base: the same SFT and DPO steps of SmolLM2-135M-Instruct on a base in
 * float32, stored in bfloat16 and in float16, and quantized to 8 and 4 bits, from the same adapter on the same rows.
 *
 *   pnpm bench base-dtype [data=FILE.jsonl.gz] [workloads=sft,dpo] [steps=6] [checkpointing=no|yes] [write=no|yes]
 *
 * `data` is a file of transcripts in the form of hh-rlhf; its default is CHARTER_BENCH_DATA, or harmless-base from the hub.
 */
import { join } from 'node:path';
import { cacheFolder, pull } from '../packages/checkpoint/src/index.js';
import { machine } from '../packages/cli/src/command-line/run-record.js';
import { loadTokenizer } from '../packages/tokenizer/src/index.js';
import { argument, numberArgument } from './argument.js';
import { roundedCopy } from './training/rounded-copy.js';
import { runCharter, type WorkloadName, workloads, writeWorkloadData } from './training/workloads.js';
import { writeSection } from './write-section.js';

const steps = numberArgument('steps', 6);
const names = argument('workloads', 'sft,dpo').split(',') as WorkloadName[];
const data = argument('data', process.env.CHARTER_BENCH_DATA ?? 'datasets/Anthropic/hh-rlhf/harmless-base');

const model = await pull(process.env.SMOLLM2_GGUF ?? 'smollm2-135m-instruct');
const folder = join(cacheFolder(), 'bench', 'base-dtype');
const files = await writeWorkloadData(data, folder, {
  tokenizer: await loadTokenizer(model),
  count: steps * workloads.sft.batch_size,
});
const checkpointing = argument('checkpointing', 'no') === 'yes';
const bases = [
  { name: 'float32', model },
  { name: 'stored in bfloat16', model: await roundedCopy(model, 'bfloat16', join(folder, 'bfloat16')) },
  { name: 'stored in float16', model: await roundedCopy(model, 'float16', join(folder, 'float16')) },
  { name: '8 bits', model, quantize: '8bit' },
  { name: '4 bits', model, quantize: '4bit' },
] as const;

const tables: string[] = [];
for (const name of names) {
  const workload = workloads[name];
  const table = ['| base | loss of each step | largest difference | peak GB |', '| --- | --- | --- | --- |'];
  let reference: readonly number[] | undefined;
  console.log(workload.title);
  for (const base of bases) {
    const run = await runCharter(
      workload,
      { model: base.model, data: files[name], steps, folder: join(folder, `${name} ${base.name}`) },
      { quantize: 'quantize' in base ? base.quantize : undefined, 'gradient-checkpointing': checkpointing },
    );
    const first = reference === undefined;
    reference ??= run.losses;
    const difference = Math.max(...run.losses.map((loss, i) => Math.abs(loss - reference![i]!)));
    const losses = run.losses.map(loss => loss.toFixed(3)).join(', ');
    table.push(
      `| ${base.name} | ${losses} | ${first ? '' : difference.toFixed(4)} | ${(run.peak_rss / 1e9).toFixed(2)} |`,
    );
    console.log(table.at(-1));
  }
  tables.push(`${workload.title}:`, '', ...table, '');
}
if (argument('write', 'no') === 'yes') {
  const introduction = `\`pnpm bench base-dtype\` on ${machine()}, SmolLM2-135M-Instruct.`;
  await writeSection('base-dtype', [introduction, '', ...tables].join('\n'));
}
