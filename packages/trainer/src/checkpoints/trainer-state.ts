import { readFile, writeFile } from 'node:fs/promises';
import { sha256 } from '@charter/core/node';
import { z } from 'zod';
import { TrainingError } from '../training-error.js';

const count = z.number().int().min(0);

/** JSON has no NaN: it is written as null. */
const metric = z
  .number()
  .nullable()
  .transform(value => value ?? Number.NaN);

const schema = z.object({
  global_step: count.min(1),
  max_steps: count.min(1),
  num_tokens: count,
  /** Sums and counts of metrics that are not logged yet. */
  pending: z.record(z.string(), z.tuple([metric, count])),
  best_global_step: count.optional(),
  best_metric: z.number().optional(),
  /** The run's fingerprint. */
  fingerprint: z.string(),
  /** Lines of `metrics.jsonl` so far. */
  log_history: z.array(z.object({ step: count }).catchall(metric)),
  /** Start of the run, ISO 8601: a chat template that writes the date writes this one, also in a resumed run. */
  started_at: z.iso.datetime(),
  /** Engine of the run: another one, or another number of threads, rounds otherwise. */
  engine: z.string(),
  /** Input channels that stay in float32 beside 8-bit products, by module: a resumed run has the same. */
  outlier_channels: z.record(z.string(), z.array(count).readonly()).optional(),
  /** Hash of `optimizer.safetensors`. */
  optimizer_sha256: z.string(),
});

/** Content of `trainer_state.json`. */
export type SavedState = z.output<typeof schema>;

/** Writes the state with a checksum over it. */
export const writeState = (file: string, state: SavedState): Promise<void> =>
  writeFile(file, `${JSON.stringify({ ...state, checksum: sha256(state) }, null, 2)}\n`);

/**
 * Reads a state as `writeState` wrote it.
 *
 * @throws {TrainingError} when the file cannot be read or was changed since
 */
export const readState = async (file: string): Promise<SavedState> => {
  const damaged = (problem: string, cause?: unknown) =>
    new TrainingError(
      `${file}: ${problem}. Delete the folder of this file to resume from the checkpoint before it, or from the start.`,
      { cause },
    );
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw damaged(`cannot be read (${(cause as Error).message})`, cause);
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const [{ path, message }] = parsed.error.issues as [z.core.$ZodIssue];
    throw damaged(`is damaged (${[...path.map(String), message].join(': ')})`);
  }
  const { checksum, ...state } = json as Record<string, unknown>;
  if (checksum !== sha256(state)) throw damaged('was changed since it was written (its checksum differs)');
  return parsed.data;
};
