import { DatasetError } from '../dataset-error.js';
import type { SourceRecord } from '../row.js';
import { readWhole } from './open-file.js';

/** Rows of a Parquet file, one row group in memory at a time; all of hyparquet's codecs, zstd and Brotli included. */
export async function* readParquet(file: string): AsyncGenerator<SourceRecord> {
  // Both packages are ES modules only, which require() takes on newer Nodes alone.
  const { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } = await import('hyparquet');
  const { compressors } = await import('hyparquet-compressors');
  let row = 0;
  try {
    const buffer = file.endsWith('.gz') ? inMemory(await readWhole(file)) : await asyncBufferFromFile(file);
    const metadata = await parquetMetadataAsync(buffer);
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

const inMemory = (bytes: Buffer) => {
  const whole = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  return { byteLength: whole.byteLength, slice: (start: number, end?: number) => whole.slice(start, end) };
};
