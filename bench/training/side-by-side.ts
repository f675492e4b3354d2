/** The works that `pnpm bench train` gives to Charter and to TRL, their data, and how each side is run on them. */
import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createTerminal } from '../../packages/cli/src/command-line/terminal.js';
import { localData } from '../../packages/cli/src/data/local-data.js';
import { readRows } from '../../packages/datasets/src/index.js';
import type { Tokenizer } from '../../packages/tokenizer/src/index.js';

/** One kind of training, the same for both sides: LoRA r 16 on all linear layers, AdamW, a constant learning rate. */
export interface Work {
  readonly title: string;
  readonly method: 'sft' | 'dpo';
  readonly batch_size: number;
  readonly max_length: number;
  /** Unless the command line says otherwise. */
  readonly steps: number;
}

export const works = {
  sft: {
    title: 'SFT, 4 conversations up to 512 tokens, completion-only',
    method: 'sft',
    batch_size: 4,
    max_length: 512,
    steps: 8,
  },
  dpo: { title: 'DPO, sigmoid, 2 pairs', method: 'dpo', batch_size: 2, max_length: 512, steps: 6 },
  fixed: {
    title: 'SFT, 4 × 128 tokens, every one labelled',
    method: 'sft',
    batch_size: 4,
    max_length: 128,
    steps: 8,
  },
} as const satisfies Record<string, Work>;

export type WorkName = keyof typeof works;

export const learningRate = 2e-4;
export const seed = 42;

/** What a side's process printed, and when it was started. Times are Unix times in ms, memory is in bytes. */
export interface Run {
  readonly started: number;
  /** When the first step began. */
  readonly began: number;
  /** When each step was done. */
  readonly ends: readonly number[];
  readonly losses: readonly number[];
  /** Those that are not padding. */
  readonly tokens: number;
  /** Charter's DPO: when it began to compute the reference's log-probabilities, and when each batch of them was done. */
  readonly reference?: readonly number[];
  readonly peak_rss: number;
}

// Then nothing is cut at 512 tokens.
const MAX_CHARACTERS = 1500;

/**
 * Writes the rows of each work, from transcripts as in Anthropic's hh-rlhf.
 *
 * @param data a file, or datasets/org/name of a hub
 * @param count rows of each work
 * @returns the file of each work
 */
export const writeData = async (
  data: string,
  folder: string,
  { tokenizer, count }: { tokenizer: Pick<Tokenizer, 'encode'>; count: number },
): Promise<Record<WorkName, string>> => {
  const { path } = await localData(data, undefined, {
    terminal: createTerminal(),
    signal: new AbortController().signal,
  });
  const rows: Record<WorkName, unknown[]> = { sft: [], dpo: [], fixed: [] };
  let text = '';
  for await (const row of readRows(path, { as: 'preference', onBadRow: () => {} })) {
    const { prompt, chosen, rejected } = row;
    if (typeof prompt === 'string' || typeof chosen === 'string' || typeof rejected === 'string') continue;
    const said = (answer: typeof chosen) => [...prompt, ...answer].map(({ content }) => content);
    if ([chosen, rejected].some(answer => said(answer).join('').length > MAX_CHARACTERS)) continue;
    rows.sft.push({ prompt, completion: chosen });
    rows.dpo.push({ prompt, chosen, rejected });
    text += `${said(chosen).join('\n\n')}\n\n`;
    if (tokenizer.encode(text).length > works.fixed.max_length) {
      rows.fixed.push({ text });
      text = '';
    }
    if (rows.fixed.length >= count) break;
  }
  const files = {} as Record<WorkName, string>;
  await mkdir(folder, { recursive: true });
  for (const name of Object.keys(works) as WorkName[]) {
    if (rows[name].length < count)
      throw new Error(`${data} has ${rows[name].length} usable rows; ${count} are needed.`);
    files[name] = join(folder, `${name}.jsonl`);
    await writeFile(
      files[name],
      rows[name]
        .slice(0, count)
        .map(row => `${JSON.stringify(row)}\n`)
        .join(''),
    );
  }
  return files;
};

interface Side {
  /** Folder of the model, in float32. */
  readonly model: string;
  readonly data: string;
  readonly steps: number;
  readonly folder: string;
}

/** What Charter's command is told besides. */
export interface CharterOptions {
  readonly quantize?: '4bit' | '8bit' | undefined;
  readonly 'gradient-checkpointing'?: boolean | undefined;
}

const charterScript = fileURLToPath(new URL('charter-training.ts', import.meta.url));
const trlScript = fileURLToPath(new URL('../peers/trl_training.py', import.meta.url));

const runChild = async (
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Run> => {
  const started = Date.now();
  const { stdout } = await promisify(execFile)(command, args, {
    env: { ...process.env, ...env },
    maxBuffer: 2 ** 26,
  });
  return { started, ...(JSON.parse(stdout.trim().split('\n').at(-1)!) as Omit<Run, 'started'>) };
};

/** Charter's command on a work. */
export const runCharter = async (
  work: Work,
  { model, data, steps, folder }: Side,
  more: CharterOptions = {},
): Promise<Run> => {
  const out = join(folder, 'charter');
  await rm(out, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const options = {
    model,
    data,
    out,
    steps,
    'batch-size': work.batch_size,
    'max-length': work.max_length,
    'learning-rate': learningRate,
    schedule: 'constant',
    shuffle: false,
    seed,
    threads: availableParallelism(),
    ...more,
    ...(work.method === 'dpo' && { limit: steps * work.batch_size }),
  };
  const file = join(folder, 'charter.json');
  await writeFile(file, JSON.stringify(options));
  const node = ['--conditions=@charter/source', '--import', 'tsx', charterScript, work.method, file];
  return runChild(process.execPath, node);
};

/** TRL with PEFT on a work, from the same adapter. */
export const runTrl = async (
  work: Work,
  { model, data, steps, folder }: Side,
  {
    python,
    adapter,
    gradient_checkpointing,
  }: { python: string; adapter: string; gradient_checkpointing: boolean },
): Promise<Run> => {
  await mkdir(folder, { recursive: true });
  const { method, batch_size, max_length } = work;
  const file = join(folder, 'trl.json');
  const settings = { method, batch_size, max_length, steps, model, data, adapter, gradient_checkpointing };
  await writeFile(
    file,
    JSON.stringify({ ...settings, learning_rate: learningRate, threads: availableParallelism() }),
  );
  return runChild(python, [trlScript, file]);
};

/**
 * Seconds that the training of a run took. A DPO step of TRL also runs the reference model; Charter runs it before the
 * first step, and the time of that is added, as the median batch times their number: the first one also waits for the
 * program to be compiled, as the first step of TRL does not.
 */
export const trainingSeconds = ({ began, ends, reference }: Run): number => {
  const steps = ends.at(-1)! - began;
  const batches = (reference ?? []).slice(1).map((end, i) => end - reference![i]!);
  const median = [...batches].sort((a, b) => a - b)[batches.length >> 1] ?? 0;
  return (steps + median * batches.length) / 1000;
};
