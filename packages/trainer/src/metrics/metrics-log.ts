import { appendFile, readFile, writeFile } from 'node:fs/promises';

/** One line of `metrics.jsonl`. */
export type MetricsEntry = { readonly step: number } & Readonly<Record<string, number>>;

/** Reads a `metrics.jsonl`; a file that is not there has no entries. */
export const readMetrics = async (file: string): Promise<MetricsEntry[]> => {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  // A line that was cut off by a kill has no line end.
  const complete = text.slice(0, text.lastIndexOf('\n') + 1);
  return complete
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line) as MetricsEntry);
};

/** Keeps the entries up to `step`: what a resumed run had logged when its checkpoint was written. */
export const truncateMetrics = async (file: string, step: number): Promise<void> => {
  const kept = (await readMetrics(file)).filter(entry => entry.step <= step);
  await writeFile(file, kept.map(entry => `${JSON.stringify(entry)}\n`).join(''));
};

export const appendMetrics = (file: string, entry: MetricsEntry): Promise<void> =>
  appendFile(file, `${JSON.stringify(entry)}\n`);
