import { DatasetError } from '../dataset-error.js';

const LINE_FEED = 0x0a;

/**
 * Lines of UTF-8 text, ended by `\n` or `\r\n` only: JSON may hold the other Unicode line ends, which Node's readline
 * would split at.
 *
 * @throws {DatasetError} at a line that is not UTF-8
 */
export async function* lines(chunks: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<string> {
  let row = 0;
  // Pieces of the current line; joined once, so that one long line takes linear time.
  let pieces: Uint8Array[] = [];
  const line = (): string => {
    row += 1;
    const text = decodeUtf8(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces), file, row);
    pieces = [];
    const bare = row === 1 ? text.replace(/^\uFEFF/, '') : text;
    return bare.endsWith('\r') ? bare.slice(0, -1) : bare;
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, from)) {
      pieces.push(chunk.subarray(from, at));
      from = at + 1;
      yield line();
    }
    if (from < chunk.length) pieces.push(chunk.subarray(from));
  }
  if (pieces.length > 0) yield line();
}

/** Text of UTF-8 bytes. @throws {DatasetError} for other bytes, which would be trained as U+FFFD */
export const decodeUtf8 = (bytes: Uint8Array, file: string, row?: number): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    if (bytes.length >= MOST_BYTES) {
      throw new DatasetError(
        'a text of more than 512 MB, which cannot be read at once',
        'Write shorter rows.',
        {
          file,
          row,
          cause,
        },
      );
    }
    throw new DatasetError('not UTF-8', 'Save the file as UTF-8: iconv -f ORIGINAL -t UTF-8.', {
      file,
      row,
      cause,
    });
  }
};

/** V8 holds no longer string. */
export const MOST_BYTES = 0x1fffffe8;
