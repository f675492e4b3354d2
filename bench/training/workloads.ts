/** Workloads of `pnpm bench train`, their data, and the commands that run them by Charter and by TRL. */
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

/** Training that both sides run alike: LoRA r 16 on all linear layers, AdamW, a constant learning rate. */
export interface Workload {
  readonly title: string;
  readonly method: 'sft' | 'dpo';
  readonly batch_size: number;
  readonly max_length: number;
  /** Default of `steps=`. */
  readonly steps: number;
}

export const workloads = {
  sft: {
    title: 'SFT, 4 conversations up to 512 tokens, completion-only',
    method: 'sft',
    batch_size: 4,
    max_length: 512,
    steps: 8,
  },
  dpo: { title: 'DPO, sigmoid, 2 pairs', method: 'dpo', batch_size: 2, max_length: 512, steps: 6 },
  fixed: {
    title: 'SFT, 4 × 128 tokens, loss on every token',
    method: 'sft',
    batch_size: 4,
    max_length: 128,
    steps: 8,
  },
} as const satisfies Record<string, Workload>;

export type WorkloadName = keyof typeof workloads;

export const learningRate = 2e-4;
export const seed = 42;

/** Measurements of one process. Times are Unix times in ms, memory is in bytes. */
export interface Run {
  readonly started: number;
  /** Start of the first step. */
  readonly began: number;
  /** End of each step. */
  readonly ends: readonly number[];
  readonly losses: readonly number[];
  /** Tokens without padding. */
  readonly tokens: number;
  /** Charter's DPO: start of the reference log-probabilities, then the end of each batch of them. */
  readonly reference?: readonly number[];
  readonly peak_rss: number;
}

// Short enough that nothing is truncated at 512 tokens.
const MAX_CHARACTERS = 1500;

/**
 * Writes the rows of each workload, from transcripts as in Anthropic's hh-rlhf.
 *
 * @param data a file, or datasets/org/name of a hub
 * @param count rows of each workload
 * @returns the file of each workload
 */
export const writeWorkloadData = async (
  data: string,
  folder: string,
  { tokenizer, count }: { tokenizer: Pick<Tokenizer, 'encode'>; count: number },
): Promise<Record<WorkloadName, string>> => {
  const { path } = await localData(data, undefined, {
    terminal: createTerminal(),
    signal: new AbortController().signal,
  });
  const rows: Record<WorkloadName, unknown[]> = { sft: [], dpo: [], fixed: [] };
  let text = '';
  for await (const row of readRows(path, { as: 'preference', onBadRow: () => {} })) {
    const { prompt, chosen, rejected } = row;
    if (typeof prompt === 'string' || typeof chosen === 'string' || typeof rejected === 'string') continue;
    const said = (answer: typeof chosen) => [...prompt, ...answer].map(({ content }) => content);
    if ([chosen, rejected].some(answer => said(answer).join('').length > MAX_CHARACTERS)) continue;
    rows.sft.push({ prompt, completion: chosen });
    rows.dpo.push({ prompt, chosen, rejected });
    text += `${said(chosen).join('\n\n')}\n\n`;
    if (tokenizer.encode(text).length > workloads.fixed.max_length) {
      rows.fixed.push({ text });
      text = '';
    }
    if (rows.fixed.length >= count) break;
  }
  const files = {} as Record<WorkloadName, string>;
  await mkdir(folder, { recursive: true });
  for (const name of Object.keys(workloads) as WorkloadName[]) {
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

/** Further options of Charter's command. */
export interface CharterOptions {
  readonly quantize?: '4bit' | '8bit' | undefined;
  readonly 'gradient-checkpointing'?: boolean | undefined;
  readonly 'matmul-precision'?: 'float32' | 'int8' | undefined;
}

const repository = fileURLToPath(new URL('../..', import.meta.url));
const trlScript = fileURLToPath(new URL('../peers/trl_training.py', import.meta.url));

const runChild = async (command: string, args: readonly string[], cwd: string = repository): Promise<Run> => {
  const started = Date.now();
  const { stdout } = await promisify(execFile)(command, args, {
    cwd,
    maxBuffer: 2 ** 26,
  });
  return { started, ...(JSON.parse(stdout.trim().split('\n').at(-1)!) as Omit<Run, 'started'>) };
};

/**
 * Runs Charter's command on a workload.
 *
 * @param checkout folder of the repository, with its dependencies; default: this one
 */
export const runCharter = async (
  workload: Workload,
  { model, data, steps, folder }: Side,
  more: CharterOptions = {},
  checkout: string = repository,
): Promise<Run> => {
  const out = join(folder, 'charter');
  await rm(out, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const options = {
    model,
    data,
    out,
    steps,
    'batch-size': workload.batch_size,
    'max-length': workload.max_length,
    'learning-rate': learningRate,
    schedule: 'constant',
    shuffle: false,
    seed,
    threads: availableParallelism(),
    ...more,
    ...(workload.method === 'dpo' && { limit: steps * workload.batch_size }),
  };
  const file = join(folder, 'charter.json');
  await writeFile(file, JSON.stringify(options));
  const script = join(checkout, 'bench', 'training', 'charter-training.ts');
  const node = ['--conditions=@charter/source', '--import', 'tsx', script, workload.method, file];
  return runChild(process.execPath, node, checkout);
};

/** Runs TRL with PEFT on a workload, from the same initial adapter. */
export const runTrl = async (
  workload: Workload,
  { model, data, steps, folder }: Side,
  {
    python,
    ...changes
  }: { python: string; adapter: string; gradient_checkpointing: boolean; precision: 'float32' | 'bf16' },
): Promise<Run> => {
  await mkdir(folder, { recursive: true });
  const { method, batch_size, max_length } = workload;
  const file = join(folder, 'trl.json');
  const settings = { method, batch_size, max_length, steps, model, data, ...changes };
  await writeFile(
    file,
    JSON.stringify({ ...settings, learning_rate: learningRate, threads: availableParallelism() }),
  );
  return runChild(python, [trlScript, file]);
};

/**
 * Training time of a run in seconds. A DPO step of TRL includes the reference model. Charter runs the reference before
 * the first step, so its time is added: the median batch times the number of batches, because the first batch also waits
 * for its program to compile, unlike TRL's first step.
 */
export const trainingSeconds = ({ began, ends, reference }: Run): number => {
  const steps = ends.at(-1)! - began;
  const batches = (reference ?? []).slice(1).map((end, i) => end - reference![i]!);
  const median = [...batches].sort((a, b) => a - b)[batches.length >> 1] ?? 0;
  return (steps + median * batches.length) / 1000;
};
