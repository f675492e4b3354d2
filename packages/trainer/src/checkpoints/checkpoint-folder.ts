import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openSafetensors, readTensor, writeSafetensors } from '@charter/checkpoint';
import { TrainingError } from '../training-error.js';
import type { TrainingArrays, TrainingState } from './run-journal.js';

/** Content of `trainer_state.json`. */
interface SavedState extends TrainingState {
  /** The run's fingerprint. */
  readonly fingerprint: string;
}

const prefix = 'checkpoint-';

/** Steps of the checkpoints in a folder, oldest first. */
const checkpointSteps = async (out: string): Promise<number[]> => {
  const names = await readdir(out).catch(() => []);
  return names
    .filter(name => /^checkpoint-\d+$/.test(name))
    .map(name => Number(name.slice(prefix.length)))
    .sort((a, b) => a - b);
};

/**
 * Writes `checkpoint-<step>/` under a temporary name and renames it when it is complete, then removes the oldest ones.
 *
 * @param extra writes more files into the folder: the adapter as others read it
 */
export const saveCheckpoint = async (
  out: string,
  {
    state,
    arrays,
    keep,
    extra,
  }: {
    state: SavedState;
    arrays: TrainingArrays;
    keep: number;
    extra: (folder: string) => Promise<void>;
  },
): Promise<string> => {
  const folder = join(out, `${prefix}${state.global_step}`);
  const temporary = `${folder}.partial`;
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true });
  await writeSafetensors(
    join(temporary, 'optimizer.safetensors'),
    Object.entries(arrays).map(
      ([name, data]: [string, Float32Array]) => [name, { shape: [data.length], data }] as const,
    ),
  );
  await writeFile(join(temporary, 'trainer_state.json'), `${JSON.stringify(state, null, 2)}\n`);
  await extra(temporary);
  await rm(folder, { recursive: true, force: true });
  await rename(temporary, folder);
  const outdated = (await checkpointSteps(out)).slice(0, -keep).map(step => `${prefix}${step}`);
  // Partial folders that a kill left behind.
  const partial = (await readdir(out)).filter(name => /^checkpoint-\d+\.partial$/.test(name));
  for (const name of [...outdated, ...partial]) await rm(join(out, name), { recursive: true, force: true });
  return folder;
};

/**
 * The newest checkpoint of a run, or undefined when there is none.
 * @throws {TrainingError} when it was written with other settings or other data
 */
export const loadCheckpoint = async (
  out: string,
  fingerprint: string,
): Promise<{ state: SavedState; arrays: TrainingArrays } | undefined> => {
  const step = (await checkpointSteps(out)).at(-1);
  if (step === undefined) return undefined;
  const folder = join(out, `${prefix}${step}`);
  const state = await readState(join(folder, 'trainer_state.json'));
  if (state.fingerprint !== fingerprint) {
    throw new TrainingError(
      `${folder} was written with other settings or other data, so this run cannot continue it. ` +
        'Restore what you changed, or choose another output folder.',
    );
  }
  const file = await openSafetensors(join(folder, 'optimizer.safetensors'));
  const read = async (name: keyof TrainingArrays) => {
    const stored = file.tensors.get(name);
    if (!stored)
      throw new TrainingError(`${folder}/optimizer.safetensors has no tensor "${name}". Delete ${folder}.`);
    return readTensor(stored);
  };
  const [parameters, exp_avg, exp_avg_sq] = await Promise.all([
    read('parameters'),
    read('exp_avg'),
    read('exp_avg_sq'),
  ]);
  return { state, arrays: { parameters, exp_avg, exp_avg_sq } };
};

const readState = async (file: string): Promise<SavedState> => {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as SavedState;
  } catch (cause) {
    throw new TrainingError(
      `${file} cannot be read: ${(cause as Error).message}. Delete its folder to go on from the checkpoint before it.`,
      { cause },
    );
  }
};
