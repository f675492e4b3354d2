/**
 * Speed of LoRA training in 1, 2 and more processes on this machine, with one thread each, and the bytes that they sum.
 *
 *   pnpm bench ranks [model=charter-tiny] [np=1,2] [steps=20] [rows=16] [words=150] [rounds=3] [write=no|yes]
 *
 * `write` puts the table into bench/README.md.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { machine } from '../packages/cli/src/command-line/run-record.js';
import { argument, numberArgument } from './argument.js';
import { medianAndRange, roundedFigure } from './median-and-range.js';
import { writeSection } from './write-section.js';

const model = argument('model', 'charter-tiny');
const counts = argument('np', '1,2').split(',').map(Number);
const [steps, rows, words, rounds] = [
  numberArgument('steps', 20),
  numberArgument('rows', 16),
  numberArgument('words', 150),
  numberArgument('rounds', 3),
];
const main = fileURLToPath(new URL('../packages/cli/src/main.ts', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'charter-ranks-'));
const data = join(folder, 'rows.jsonl');
const text = (row: number) =>
  Array.from({ length: words }, (_, i) => ['rain', 'sun', 'wind', 'snow'][(row + i * i) % 4]).join(' ');
await writeFile(
  data,
  Array.from({ length: rows }, (_, i) => `${JSON.stringify({ text: text(i) })}\n`).join(''),
);

/** Tokens per second of the steps of a run, without its start. */
const speed = async (np: number, out: string): Promise<number> => {
  const sft = ['sft', '--model', model, '--data', data, '--steps', `${steps}`, '--batch-size', `${rows}`];
  const options = ['--threads', '1', '--save-steps', '0', '--out', out];
  const launch = np === 1 ? [] : ['launch', '-np', `${np}`, '--'];
  const node = ['--conditions=@charter/source', '--import', 'tsx', main];
  await promisify(execFile)(process.execPath, [...node, ...launch, ...sft, ...options]);
  const { result } = JSON.parse(await readFile(join(out, 'run.json'), 'utf8'));
  return result.tokens / result.seconds;
};

const speeds = counts.map(() => [] as number[]);
for (let round = 0; round < rounds; round++) {
  for (const [i, np] of counts.entries()) {
    const found = await speed(np, join(folder, `${np}-${round}`));
    speeds[i]!.push(found);
    console.log(`${np} processes: ${found.toFixed(0)} tokens/s`);
  }
}
const adapter = (await stat(join(folder, `${counts[0]}-0`, 'adapter_model.safetensors'))).size;
await rm(folder, { recursive: true, force: true });

/** Seconds that a ring takes to sum the gradients: each process sends and gets 2 (N − 1) / N of them. */
const ring = (np: number, bitsPerSecond: number) =>
  `${roundedFigure((1000 * (2 * (np - 1) * adapter * 8)) / np / bitsPerSecond)} ms`;
const table = [
  '| processes | tokens/s | of one process, round by round | a ring’s time on 1 GbE | on 10 GbE |',
  '| --- | --- | --- | --- | --- |',
  ...counts.map((np, i) => {
    const ratios = speeds[i]!.map((value, round) => value / speeds[0]![round]!);
    const network = np === 1 ? ' | ' : `${ring(np, 1e9)} | ${ring(np, 1e10)}`;
    return `| ${np} | ${medianAndRange(speeds[i]!)} | ${medianAndRange(ratios)} | ${network} |`;
  }),
];
const title =
  `\`pnpm bench ranks\` on ${machine()}: SFT of ${model}, ${rows} texts of ${words} words in each step, one thread a process, ` +
  `${rounds} alternating rounds of ${steps} steps: median (range). A step sums ${roundedFigure(adapter / 1e6)} MB of gradients. ` +
  'The times on a network are arithmetic, not measured.';
console.log(['', title, '', ...table].join('\n'));
if (argument('write', 'no') === 'yes') await writeSection('ranks', [title, '', ...table].join('\n'));
