const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
export const isJsonSpace = (byte: number): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/**
 * The bytes of each item of a JSON array, which the bytes begin with, in passing: an array of any size takes the memory
 * of one item. Items are cut at commas outside of texts and brackets, and not checked.
 *
 * @throws {SyntaxError} where something follows the array, or its end is missing or another
 */
export async function* arrayItems(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let depth = 0;
  let inText = false;
  let isEscaped = false;
  let isEnded = false;
  let count = 0;
  let pieces: Uint8Array[] = [];
  const item = (last: Uint8Array): Uint8Array => {
    const bytes = pieces.length === 0 ? last : Buffer.concat([...pieces, last]);
    pieces = [];
    count += 1;
    return bytes;
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]!;
      if (isEnded) {
        if (!isJsonSpace(byte)) throw new SyntaxError('something stands behind the array');
        from = at + 1;
      } else if (inText) {
        if (isEscaped) isEscaped = false;
        else if (byte === BACKSLASH) isEscaped = true;
        else if (byte === QUOTE) inText = false;
      } else if (byte === QUOTE) inText = true;
      else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
        depth += 1;
        if (depth === 1) from = at + 1;
      } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) {
        depth -= 1;
        if (depth > 0) continue;
        if (byte !== CLOSE_LIST) throw new SyntaxError('the array ends with }');
        isEnded = true;
        const last = item(chunk.subarray(from, at));
        if (count > 1 || !last.every(isJsonSpace)) yield last;
        from = at + 1;
      } else if (byte === COMMA && depth === 1) {
        yield item(chunk.subarray(from, at));
        from = at + 1;
      }
    }
    if (from < chunk.length) pieces.push(chunk.subarray(from));
  }
  if (!isEnded) throw new SyntaxError('the array has no end');
}
