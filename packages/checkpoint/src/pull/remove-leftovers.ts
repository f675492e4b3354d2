import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Removes the files and folders whose paths begin so: what a killed process left. Only for who holds the lock. */
export const removeLeftovers = async (start: string): Promise<void> => {
  const names = await readdir(dirname(start)).catch(() => []);
  for (const name of names.filter(name => name.startsWith(basename(start)))) {
    await rm(join(dirname(start), name), { recursive: true, force: true });
  }
};
