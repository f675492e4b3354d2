import { JsonNumber } from '@charter/core';
import type { AsyncBuffer, FileMetaData, SchemaTree } from 'hyparquet';
import { DatasetError } from '../dataset-error.js';
import type { SourceRecord } from '../row.js';
import { readWhole } from './open-file.js';

/** Rows of a Parquet file, one row group in memory at a time; all of hyparquet's codecs, zstd and Brotli included. */
export async function* readParquet(file: string): AsyncGenerator<SourceRecord> {
  // Both packages are ES modules only, which require() takes on newer Nodes alone.
  const { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } = await import(
    'hyparquet'
  );
  const { compressors } = await import('hyparquet-compressors');
  let row = 0;
  try {
    const source = file.endsWith('.gz') ? inMemory(await readWhole(file)) : await asyncBufferFromFile(file);
    const buffer = withinFile(source);
    // Places on a map are no part of a text, and the look for them never ends in some damaged files.
    const metadata = await parquetMetadataAsync(buffer, { geoparquet: false });
    const schema = parquetSchema(metadata);
    checkColumns(metadata, schema);
    const floats = schema.children.filter(holdsFloats);
    for (const group of metadata.row_groups) {
      const rowStart = row;
      const rowEnd = rowStart + Number(group.num_rows);
      for (const record of await parquetReadObjects({
        file: buffer,
        metadata,
        compressors,
        rowStart,
        rowEnd,
      })) {
        row += 1;
        for (const column of floats) {
          const name = column.element.name;
          record[name] = exactFloats(record[name], column);
        }
        yield { record, source: { file, row } };
      }
    }
  } catch (cause) {
    if (cause instanceof DatasetError) throw cause;
    throw new DatasetError(
      `not readable as Parquet (${(cause as Error).message})`,
      'Download or write it again.',
      {
        file,
        cause,
      },
    );
  }
}

const isFloat = ({ element }: SchemaTree) => element.type === 'DOUBLE' || element.type === 'FLOAT';
const holdsFloats = (node: SchemaTree): boolean => isFloat(node) || node.children.some(holdsFloats);

/** The value with whole numbers of a float column as floats, which templates write `20.0`. */
const exactFloats = (value: unknown, node: SchemaTree): unknown => {
  if (typeof value === 'number') {
    return isFloat(node) && Number.isInteger(value) ? new JsonNumber(value.toFixed(1)) : value;
  }
  if (typeof value !== 'object' || value === null || !holdsFloats(node)) return value;
  if (Array.isArray(value)) {
    // A list has its items two levels below; a repeated column is its own item.
    const items = node.element.converted_type === 'LIST' ? (node.children[0]?.children[0] ?? node) : node;
    return value.map(item => exactFloats(item, items));
  }
  if (node.element.converted_type === 'MAP') {
    const values = node.children[0]?.children[1] ?? node;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, exactFloats(item, values)]));
  }
  const fields = new Map(node.children.map(child => [child.element.name, child]));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, exactFloats(item, fields.get(name) ?? node)]),
  );
};

/**
 * Each column of each row group must be one of the schema's, and once: the library starts to read all of them, and
 * what it then has no use for would fail with nobody to hear.
 */
const checkColumns = ({ row_groups }: FileMetaData, schema: SchemaTree): void => {
  const pathOf = (path: readonly string[]) => JSON.stringify(path);
  const leaves = ({ children, path }: SchemaTree): string[] =>
    children.length > 0 ? children.flatMap(leaves) : [pathOf(path)];
  const known = new Set(leaves(schema));
  const names = schema.children.map(({ element }) => element.name);
  if (new Set(names).size < names.length) throw new Error(`two columns have one name: ${names.join(', ')}`);
  for (const { columns } of row_groups) {
    const seen = new Set<string>();
    for (const { meta_data } of columns) {
      const path = pathOf(meta_data?.path_in_schema ?? []);
      if (!known.has(path) || seen.has(path)) throw new Error(`a row group has the column ${path}`);
      seen.add(path);
    }
  }
};

/** The file, whose ranges fail for those who wait for them only. */
const withinFile = ({ byteLength, slice }: AsyncBuffer): AsyncBuffer => ({
  byteLength,
  slice(start, end) {
    // Some ranges are refused at once, which must not keep the library from those that it has begun with.
    const range = (async () => slice(start, end))();
    range.catch(() => {});
    return range;
  },
});

const inMemory = (bytes: Buffer) => {
  const whole = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  return { byteLength: whole.byteLength, slice: (start: number, end?: number) => whole.slice(start, end) };
};
