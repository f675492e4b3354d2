import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

/** Checksum of a file: its SHA-256, or git's name for it (SHA-1 over its length and contents). */
export interface Checksum {
  readonly algorithm: 'sha256' | 'git';
  /** In hex. */
  readonly digest: string;
}

/** True when the file has this checksum. */
export const hasChecksum = async (file: string, { algorithm, digest }: Checksum): Promise<boolean> => {
  const hash = createHash(algorithm === 'git' ? 'sha1' : 'sha256');
  if (algorithm === 'git') hash.update(`blob ${(await stat(file)).size}\0`);
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash.digest('hex') === digest;
};
