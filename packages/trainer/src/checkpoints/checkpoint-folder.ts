import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openSafetensors, readTensor, writeSafetensors } from '@charter/checkpoint';
import { sha256OfFile } from '@charter/core/node';
import { TrainingError } from '../training-error.js';
import type { TrainingArrays } from './run-journal.js';
import { readState, type SavedState, writeState } from './trainer-state.js';

const STATE_FILE = 'trainer_state.json';
const OPTIMIZER_FILE = 'optimizer.safetensors';

const checkpointName = (step: number) => `checkpoint-${step}`;

/** Checkpoint folders, and single files, that a killed process left half written. */
const PARTIAL = /^checkpoint-\d+\.partial$|\.[0-9a-f]{12}\.partial$/;

const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);

/** Steps of the checkpoints in a folder, oldest first. */
const checkpointSteps = async (out: string): Promise<number[]> =>
  (await namesIn(out))
    .filter(name => /^checkpoint-\d+$/.test(name))
    .map(name => Number(name.slice(checkpointName(0).length - 1)))
    .sort((a, b) => a - b);

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
    state: Omit<SavedState, 'optimizer_sha256'>;
    arrays: TrainingArrays;
    keep: number;
    extra: (folder: string) => Promise<void>;
  },
): Promise<void> => {
  const folder = join(out, checkpointName(state.global_step));
  const temporary = `${folder}.partial`;
  const optimizer = join(temporary, OPTIMIZER_FILE);
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true });
  await writeSafetensors(
    optimizer,
    Object.entries(arrays).map(
      ([name, data]: [string, Float32Array]) => [name, { shape: [data.length], data }] as const,
    ),
  );
  await writeState(join(temporary, STATE_FILE), {
    ...state,
    optimizer_sha256: await sha256OfFile(optimizer),
  });
  await extra(temporary);
  await rm(folder, { recursive: true, force: true });
  await rename(temporary, folder);
  await removeLeftovers(out, keep, state.best_global_step);
};

/** Removes all but the newest `keep` checkpoints and the best one, and what a killed process left half written. */
export const removeLeftovers = async (
  out: string,
  keep: number,
  best?: number | undefined,
): Promise<void> => {
  const outdated = (await checkpointSteps(out))
    .slice(0, -keep)
    .filter(step => step !== best)
    .map(checkpointName);
  const partial = (await namesIn(out)).filter(name => PARTIAL.test(name));
  for (const name of [...outdated, ...partial]) await rm(join(out, name), { recursive: true, force: true });
};

/** State of the newest checkpoint in a folder, with the checkpoint's own folder; undefined when there is none. */
export const newestState = async (
  out: string,
): Promise<{ folder: string; state: SavedState } | undefined> => {
  const step = (await checkpointSteps(out)).at(-1);
  if (step === undefined) return undefined;
  const folder = join(out, checkpointName(step));
  return { folder, state: await readState(join(folder, STATE_FILE)) };
};

/**
 * The newest checkpoint of a run, or undefined when there is none.
 *
 * @throws {TrainingError} when it was written with other settings or other data, or is damaged
 */
export const loadCheckpoint = async (
  out: string,
  fingerprint: string,
): Promise<{ state: SavedState; arrays: TrainingArrays } | undefined> => {
  const newest = await newestState(out);
  if (!newest) return undefined;
  const { folder, state } = newest;
  if (state.fingerprint !== fingerprint) {
    throw new TrainingError(
      `${folder} was written with other settings or other data, so this run cannot continue it. ` +
        'Restore what you changed, or choose another output folder.',
    );
  }
  return { state, arrays: await readArrays(folder, state) };
};

/**
 * Parameters of the checkpoint of a step.
 *
 * @throws {TrainingError} when it is missing or damaged
 */
export const loadParameters = async (out: string, step: number): Promise<Float32Array> => {
  const folder = join(out, checkpointName(step));
  return (await readArrays(folder, await readState(join(folder, STATE_FILE)))).parameters;
};

const readArrays = async (folder: string, state: SavedState): Promise<TrainingArrays> => {
  const optimizer = join(folder, OPTIMIZER_FILE);
  const found = await sha256OfFile(optimizer).catch((error: Error) => error.message);
  if (found !== state.optimizer_sha256) {
    throw new TrainingError(
      `${optimizer} is missing or was changed since it was written. Delete ${folder} to resume from the checkpoint ` +
        'before it, or from the start.',
    );
  }
  const { tensors } = await openSafetensors(optimizer);
  const [parameters, exp_avg, exp_avg_sq] = await Promise.all(
    (['parameters', 'exp_avg', 'exp_avg_sq'] as const).map(name => readTensor(tensors.get(name)!)),
  );
  return { parameters: parameters!, exp_avg: exp_avg!, exp_avg_sq: exp_avg_sq! };
};
