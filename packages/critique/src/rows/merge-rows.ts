import { openJsonlLog, readJsonl } from '@charter/core/node';
import { CritiqueError } from '../critique-error.js';
import { orderRows } from './order-rows.js';

export interface MergeCounts {
  /** Rows that were added. */
  added: number;
  /** Rows whose key stood there already. */
  duplicates: number;
}

/**
 * Puts the rows of several files into one, each key once: what shards, or two machines, have made. The first row of a
 * key stays; rows that `out` already holds count as first. They are put in the order of `index`, so that shards of one
 * stream give the file that one process would have written.
 *
 * @param files JSONL files of `critiqueRevise` or `labelPairs`, read one row at a time
 * @throws {CritiqueError} when `out` is one of the files, or a row has no key
 */
export const mergeRows = async (files: readonly string[], out: string): Promise<MergeCounts> => {
  if (files.includes(out)) {
    throw new CritiqueError('this file is to be merged into itself; choose another output file', {
      file: out,
    });
  }
  const known = new Set<string>();
  const counts: MergeCounts = { added: 0, duplicates: 0 };
  const rows = await openJsonlLog(out, (row, line) => known.add(keyOf(row, out, line)));
  try {
    for (const file of files) {
      let line = 0;
      for await (const row of readJsonl(file)) {
        line += 1;
        const key = keyOf(row, file, line);
        if (known.has(key)) {
          counts.duplicates += 1;
          continue;
        }
        known.add(key);
        counts.added += 1;
        await rows.append(row);
      }
    }
  } finally {
    await rows.flushed();
  }
  await orderRows(out);
  return counts;
};

const keyOf = ({ key }: Record<string, unknown>, file: string, line: number): string => {
  if (typeof key === 'string') return key;
  throw new CritiqueError('this row has no `key`; only rows of critique or label can be merged', {
    file,
    line,
  });
};
