import { readJsonl } from '@charter/critique';
import { createJsonlWriter } from '../jsonl-writer.js';

/**
 * Puts the rows of a finished JSONL file in the order of their `index`. They are appended in the order in which they
 * were done, which differs from run to run, and training shuffles by place: the same seed must give the same adapter.
 */
export const orderRows = async (file: string): Promise<void> => {
  const rows: { index: number }[] = [];
  for await (const row of readJsonl(file)) rows.push(row as unknown as { index: number });
  const writer = await createJsonlWriter(file);
  for (const row of rows.sort((a, b) => a.index - b.index)) await writer.write(row);
  await writer.close();
};
