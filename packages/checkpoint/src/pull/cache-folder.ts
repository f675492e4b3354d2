import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Where fetched and converted models are kept. */
export const cacheFolder = (cache: string | undefined): string =>
  resolve(cache ?? (process.env.CHARTER_CACHE || join(homedir(), '.cache', 'charter')));
