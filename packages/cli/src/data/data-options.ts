import {
  collect,
  type DatasetError,
  type ReadOptions,
  type Row,
  type RowsFor,
  readRows,
} from '@charter/datasets';
import { z } from 'zod';
import { CliError } from '../command-line/cli-error.js';
import type { CommandContext } from '../command-line/command.js';
import type { Terminal } from '../command-line/terminal.js';
import { localData } from './local-data.js';

/** Options of every command that reads rows. */
export const dataOptions = {
  data: z
    .union([z.array(z.string()), z.string().transform(path => [path])])
    .describe(
      'files, folders or patterns: .jsonl, .json, .csv, .parquet, also .gz; or datasets/org/name on a hub',
    ),
  split: z
    .string()
    .optional()
    .describe('use only the files of this split of a folder or dataset, such as train_sft'),
  format: z
    .enum(['jsonl', 'json', 'csv', 'tsv', 'parquet'])
    .optional()
    .describe('format of the files; default: by their names'),
  columns: z
    .array(z.string().regex(/^[^=]+=.+$/, 'expected known=yours, such as prompt=question'))
    .default([])
    .describe('your names of columns, such as prompt=question'),
  limit: z.number().int().positive().optional().describe('use at most N rows'),
  'role-map': z
    .array(z.string().regex(/^.+=.+$/, 'expected name=role'))
    .default([])
    .describe('role names to map, such as bot=assistant'),
  'skip-bad-rows': z
    .boolean()
    .default(false)
    .describe('skip rows that cannot be used, and count them, in place of an error'),
};

const dataSchema = z.object(dataOptions);
export type DataOptions = z.output<typeof dataSchema>;

/** Options of `readRows` for these flags. */
const reading = (options: DataOptions, terminal: Terminal): ReadOptions => {
  let bad = 0;
  return {
    split: options.split,
    limit: options.limit,
    format: options.format,
    columns: columnsOf(options.columns),
    roleMap: Object.fromEntries(
      options['role-map'].map(pair => pair.split('=', 2) as [string, string]),
    ) as ReadOptions['roleMap'],
    ...(options['skip-bad-rows'] && {
      onBadRow: error => {
        bad += 1;
        if (bad <= SHOWN) terminal.note(`Skipped ${withoutAdvice(error)}`);
        if (bad === SHOWN) terminal.note('Further skipped rows are counted without a message.');
      },
    }),
  };
};

/** `prompt=question` as `readRows` takes it: the column of the file first. */
const columnsOf = (pairs: readonly string[]): Record<string, string> | undefined =>
  pairs.length === 0
    ? undefined
    : Object.fromEntries(
        pairs.map(pair => {
          const at = pair.indexOf('=');
          return [pair.slice(at + 1), pair.slice(0, at)];
        }),
      );

/** File, row and fault of a row that is skipped: nothing is to be done about it. */
export const withoutAdvice = ({ file, row, reason }: DatasetError): string =>
  `${file}${row === undefined ? '' : `:${row}`}: ${reason}.`;

/** Counts columns that change nothing, and names them. */
export const unusedColumns = (terminal: Terminal) => {
  const counts = new Map<string, number>();
  return {
    add: (columns: readonly string[]) => {
      for (const column of columns) counts.set(column, (counts.get(column) ?? 0) + 1);
    },
    note: () => {
      if (counts.size === 0) return;
      const columns = [...counts].map(
        ([column, rows]) => `${column} (${rows} ${rows === 1 ? 'row' : 'rows'})`,
      );
      terminal.note(`Columns that are not used: ${columns.join(', ')}.`);
    },
  };
};

/** Bad rows that are named one by one. */
const SHOWN = 5;

/**
 * Rows that the options name, as they are read; datasets of a hub are fetched first. The first bad rows that are left
 * out are named.
 *
 * @param as what the rows are wanted for
 * @throws {CliError} when there are none
 */
export function rowsOf<Use extends keyof RowsFor>(
  options: DataOptions,
  context: CommandContext,
  as: Use,
): AsyncGenerator<RowsFor[Use]>;
export function rowsOf(options: DataOptions, context: CommandContext): AsyncGenerator<Row>;
export async function* rowsOf(
  options: DataOptions,
  context: CommandContext,
  as?: keyof RowsFor,
): AsyncGenerator<Row> {
  const paths: string[] = [];
  for (const data of options.data) paths.push((await localData(data, options.split, context)).path);
  let count = 0;
  const unused = unusedColumns(context.terminal);
  const readOptions = {
    ...reading(options, context.terminal),
    ...(as && { as }),
    onUnusedColumns: unused.add,
  };
  for await (const row of readRows(paths, readOptions)) {
    count += 1;
    yield row;
  }
  unused.note();
  if (count === 0) throw new CliError(`There are no rows in ${options.data.join(', ')}.`);
}

/**
 * All rows that the options name.
 * @throws {CliError} when there are none
 */
export const readAll = async <Use extends keyof RowsFor>(
  use: Use,
  options: DataOptions,
  context: CommandContext,
): Promise<RowsFor[Use][]> => collect(rowsOf(options, context, use));
