import { appendFile, readFile } from 'node:fs/promises';
import { writeFileAtomically } from '@charter/core/node';
import { z } from 'zod';
import { TrainingError } from '../training-error.js';

/** One line of `metrics.jsonl`. */
export type MetricsEntry = { readonly step: number } & Readonly<Record<string, number>>;

/**
 * Entries of a `metrics.jsonl`; none when there is no such file. A last line that a kill cut off is left out.
 *
 * @throws {TrainingError} naming the line that is no entry
 */
export const readMetrics = async (file: string): Promise<MetricsEntry[]> => {
  const text = await readText(file);
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  return lines.flatMap((line, i) => (line ? [parseEntry(line, `${file}:${i + 1}`)] : []));
};

const readText = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw new TrainingError(`${file}: cannot be read (${error.message}).`, { cause: error });
  });

// JSON has no NaN: it is written as null.
const entrySchema = z.object({ step: z.number() }).catchall(
  z
    .number()
    .nullable()
    .transform(value => value ?? Number.NaN),
);

const parseEntry = (line: string, where: string): MetricsEntry => {
  try {
    return entrySchema.parse(JSON.parse(line)) as MetricsEntry;
  } catch (cause) {
    throw new TrainingError(`${where}: this line is no object of numbers with a "step". Remove it.`, {
      cause,
    });
  }
};

const lineOf = (entry: MetricsEntry): string => `${JSON.stringify(entry)}\n`;

/** Makes the file hold these entries and no others; readers see the old file or the new one, never a part. */
export const restoreMetrics = async (file: string, entries: readonly MetricsEntry[]): Promise<void> => {
  const text = entries.map(lineOf).join('');
  if ((await readText(file)) !== text) await writeFileAtomically(file, text);
};

export const appendMetrics = (file: string, entry: MetricsEntry): Promise<void> =>
  appendFile(file, lineOf(entry));
