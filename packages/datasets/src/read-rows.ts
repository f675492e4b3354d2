import { CharterError } from '@charter/core';
import { type AdaptedRow, has, type RowAdapter } from './adapters/adapter.js';
import { type AdapterName, adapters } from './adapters/adapters.js';
import { toPreference, toPrompt, toSft } from './convert.js';
import { DatasetError } from './dataset-error.js';
import { readCsv } from './formats/csv.js';
import { dataFiles, type Format, formatOf } from './formats/data-files.js';
import { readJson, readJsonl } from './formats/json.js';
import { readParquet } from './formats/parquet.js';
import type { RoleMap } from './messages.js';
import type {
  MessagesRow,
  PreferenceRow,
  PromptCompletionRow,
  PromptRow,
  Row,
  SourceRecord,
  TextRow,
} from './row.js';
import { templateInputs, withSystem } from './template-inputs.js';
import { UnusableRowError } from './unusable-row-error.js';

export interface ReadOptions {
  /** Chosen by the file's name when absent. */
  format?: Format | undefined;
  /** Of a folder or pattern, only the files of this split: their names begin with it (`train_sft`). */
  split?: string | undefined;
  /** Maximum number of rows; bad rows do not count. */
  limit?: number | undefined;
  /** Name of the adapter that reads the rows, or one of your own; chosen by their columns when absent. */
  adapter?: AdapterName | RowAdapter | undefined;
  /** Other names of roles and the role that each means: `{ bot: 'assistant' }`. */
  roleMap?: RoleMap | undefined;
  /** Other names of columns and the known column that each means: `{ query: 'prompt' }`. */
  columns?: Readonly<Record<string, string>> | undefined;
  /** Other columns that rows carry along as they are, under `kept`. */
  keep?: readonly string[] | undefined;
  /** Gets, for each row, its filled columns that nothing has read: they do not change the row. */
  onUnusedColumns?: ((columns: readonly string[]) => void) | undefined;
  /** Throws at the first bad row (the default), or gets its error and goes on with the next. */
  onBadRow?: 'throw' | ((error: DatasetError) => void) | undefined;
}

/** Uses of rows and the kinds that serve them; other rows are bad rows. */
export interface RowsFor {
  sft: MessagesRow | PromptCompletionRow | TextRow;
  preference: PreferenceRow;
  prompt: PromptRow;
}

const converters: { [Use in keyof RowsFor]: (row: Row) => RowsFor[Use] } = {
  sft: toSft,
  preference: toPreference,
  prompt: toPrompt,
};

/**
 * Rows of files, folders or patterns, one after the other. JSONL and CSV are read line by line, JSON arrays item by item, Parquet by row groups;
 * an object that holds the array is held whole.
 *
 * @param options.as converts each row to its use ({@link toSft}, {@link toPreference}, {@link toPrompt})
 * @throws {DatasetError} when a file cannot be read, and at a bad row unless `onBadRow` takes it
 */
export function readRows<Use extends keyof RowsFor>(
  paths: string | readonly string[],
  options: ReadOptions & { as: Use },
): AsyncGenerator<RowsFor[Use]>;
export function readRows(paths: string | readonly string[], options?: ReadOptions): AsyncGenerator<Row>;
export async function* readRows(
  paths: string | readonly string[],
  options: ReadOptions & { as?: keyof RowsFor } = {},
): AsyncGenerator<Row> {
  const { limit = Number.POSITIVE_INFINITY, onBadRow = 'throw', as } = options;
  const convert = as === undefined ? (row: Row) => row : converters[as];
  let count = 0;
  if (limit <= 0) return;
  for await (const item of items(paths, options)) {
    let row: Row;
    try {
      if (item instanceof DatasetError) throw item;
      row = convert(adapt(item, options));
    } catch (error) {
      if (onBadRow === 'throw' || !(error instanceof DatasetError)) throw error;
      onBadRow(error);
      continue;
    }
    yield row;
    count += 1;
    if (count >= limit) return;
  }
}

/** The rows as the files have them, with all columns. */
export async function* readRecords(
  paths: string | readonly string[],
  options: Pick<ReadOptions, 'format' | 'split' | 'limit' | 'onBadRow'> = {},
): AsyncGenerator<SourceRecord> {
  const { limit = Number.POSITIVE_INFINITY, onBadRow = 'throw' } = options;
  let count = 0;
  if (limit <= 0) return;
  for await (const item of items(paths, options)) {
    if (item instanceof DatasetError) {
      if (onBadRow === 'throw') throw item;
      onBadRow(item);
      continue;
    }
    yield item;
    count += 1;
    if (count >= limit) return;
  }
}

async function* items(
  paths: string | readonly string[],
  options: Pick<ReadOptions, 'format' | 'split'>,
): AsyncGenerator<SourceRecord | DatasetError> {
  for (const file of await dataFiles([paths].flat(), options)) {
    const format = options.format ?? formatOf(file);
    if (format === undefined) {
      throw new DatasetError(
        'the name does not tell the format',
        'Pass format: jsonl, json, csv, tsv or parquet.',
        { file },
      );
    }
    yield* readers[format](file, options.split);
  }
}

const readers: Record<
  Format,
  (file: string, split: string | undefined) => AsyncGenerator<SourceRecord | DatasetError>
> = {
  jsonl: readJsonl,
  json: readJson,
  csv: file => readCsv(file, ','),
  tsv: file => readCsv(file, '\t'),
  parquet: readParquet,
};

/**
 * One row read from its columns, by the adapter named or the first that knows them.
 *
 * @throws {DatasetError} when no adapter does, or the row does not fit
 */
export const adapt = (
  { record, source }: SourceRecord,
  options: Pick<ReadOptions, 'adapter' | 'roleMap' | 'columns' | 'keep' | 'onUnusedColumns'> = {},
): Row => {
  const renamed = options.columns ? rename(record, options.columns) : record;
  const quirks = new Set<string>();
  try {
    const adapter = adapterOf(options.adapter, renamed);
    const { columns, unread } = watched(renamed);
    const row: AdaptedRow = adapter.read(columns, options.roleMap ?? {}, quirk => quirks.add(quirk));
    const kept = (options.keep ?? []).filter(name => has(columns, name));
    const adapted = {
      ...withSystem(row, columns.system),
      ...templateInputs(columns),
      source: quirks.size ? { ...source, quirks: [...quirks] } : source,
      ...(kept.length > 0 && { kept: Object.fromEntries(kept.map(name => [name, renamed[name]])) }),
    } as Row;
    options.onUnusedColumns?.(unread());
    return adapted;
  } catch (cause) {
    if (cause instanceof UnusableRowError)
      throw new DatasetError(cause.reason, cause.advice, { ...source, cause });
    throw cause;
  }
};

/**
 * @throws {CharterError} when there is none of this name
 * @throws {UnusableRowError} when no name is given and no adapter knows the columns
 */
const adapterOf = (
  given: AdapterName | RowAdapter | undefined,
  record: Readonly<Record<string, unknown>>,
): RowAdapter => {
  if (typeof given === 'object') return given;
  if (given !== undefined) {
    if (Object.hasOwn(adapters, given)) return adapters[given];
    throw new CharterError(
      `adapter: there is none called "${given}". There are ${Object.keys(adapters).join(', ')}; or give an object with matches, columns and read.`,
    );
  }
  const known = Object.values(adapters).find(adapter => adapter.matches(record));
  if (!known) throw unknownColumns(record);
  return known;
};

/** The columns of a row, and after it was read the filled ones that nobody asked for. */
const watched = (record: Readonly<Record<string, unknown>>) => {
  const read = new Set<unknown>();
  const columns = new Proxy(record, {
    get(target, name) {
      read.add(name);
      return Reflect.get(target, name);
    },
  });
  const unread = () => Object.keys(record).filter(name => !read.has(name) && has(record, name));
  return { columns, unread };
};

const rename = (
  record: Readonly<Record<string, unknown>>,
  columns: Readonly<Record<string, string>>,
): Record<string, unknown> => {
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => [
      Object.hasOwn(columns, name) ? columns[name]! : name,
      value,
    ]),
  );
};

const unknownColumns = (record: Readonly<Record<string, unknown>>): UnusableRowError => {
  const filled = Object.keys(record).filter(name => record[name] !== null && record[name] !== undefined);
  const known = Object.entries(adapters)
    .map(([name, adapter]) => `${name}: ${adapter.columns}`)
    .join('; ');
  return new UnusableRowError(
    `cannot tell what to do with the columns ${filled.join(', ') || '(all empty)'}`,
    `Rename them (columns), or choose an adapter. Known are ${known}.`,
  );
};
