import { dirname, join, resolve } from 'node:path';
import { openJsonlLog, readJsonlRow } from '@charter/core/node';
import { CritiqueError } from '../critique-error.js';
import { orderRows } from './order-rows.js';

/** The file that was asked for, and the one beside it for rejected rows. */
export interface RowFiles {
  out: string;
  rejected: string;
  append(row: object, where: 'accepted' | 'rejected'): Promise<void>;
  close(): Promise<void>;
  /** Puts the rows of both files in the order of their `index`; to be called when all are written, after `close`. */
  order(): Promise<void>;
}

/**
 * Opens both files and shows every row that they already hold.
 *
 * @param rejected a path, or undefined for `rejectedName` in the folder of `out`
 * @param isOurs whether a row was written by the caller's function; another's file is left untouched
 * @throws {CritiqueError} when the two are one file, or hold something else
 */
export const openRowFiles = async <Row extends object>(options: {
  out: string;
  rejected: string | undefined;
  rejectedName: string;
  isOurs: (row: Record<string, unknown>) => boolean;
  /** @param again reads the row once more, so that nobody need keep it */
  onRow: (row: Row, again: () => Promise<Row>) => void;
}): Promise<RowFiles> => {
  const { out, rejected = join(dirname(out), options.rejectedName), isOurs, onRow } = options;
  if (resolve(out) === resolve(rejected)) {
    throw new CritiqueError('this file would also get the rejected rows; choose another name', {
      file: out,
    });
  }
  const read =
    (file: string) =>
    (row: Record<string, unknown>, line: number, start: number): void => {
      if (!isOurs(row)) {
        throw new CritiqueError('this row was not written by this command; choose another output file', {
          file,
          line,
        });
      }
      onRow(row as Row, () => readJsonlRow(file, start) as Promise<Row>);
    };
  const accepted = await openJsonlLog(out, read(out));
  const others = await openJsonlLog(rejected, read(rejected));
  return {
    out,
    rejected,
    append: (row, where) => (where === 'accepted' ? accepted : others).append(row),
    async close() {
      await Promise.all([accepted.flushed(), others.flushed()]);
    },
    async order() {
      await orderRows(out);
      await orderRows(rejected);
    },
  };
};
