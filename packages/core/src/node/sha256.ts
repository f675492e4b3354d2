import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/**
 * SHA-256 of a value's JSON. Equal values have equal hashes, as long as their keys stand in the same order.
 *
 * @param length hexadecimal digits to keep, 64 at most; 16 tell any two of a million values apart
 */
export const sha256 = (value: unknown, length = 64): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, length);

/** SHA-256 of a file's bytes, in 64 hexadecimal digits; the file is read piece by piece. */
export const sha256OfFile = async (file: string): Promise<string> => {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
};
