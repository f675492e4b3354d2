import type { RoleMap } from '../messages.js';
import type { Row } from '../row.js';

/** A row without its location. */
export type AdaptedRow = Row extends infer Each
  ? Each extends Row
    ? Omit<Each, 'source' | 'kept' | 'tools' | 'chat_template_kwargs'>
    : never
  : never;

/** Reader of one kind of row. */
export interface RowAdapter {
  /** True when a row with these filled columns is of this kind. */
  matches(record: Readonly<Record<string, unknown>>): boolean;
  /** The columns, for error messages. */
  readonly columns: string;
  /**
   * @param note takes down what was odd about the row and how it was handled
   * @throws {UnusableRowError} when the row cannot be used
   */
  read(
    record: Readonly<Record<string, unknown>>,
    roleMap: RoleMap,
    note: (quirk: string) => void,
  ): AdaptedRow;
}

/** True when all columns are filled. */
export const has = (record: Readonly<Record<string, unknown>>, ...columns: string[]) =>
  columns.every(column => record[column] !== null && record[column] !== undefined);
