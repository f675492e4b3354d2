import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Where fetched and converted models and datasets are kept: by default `$CHARTER_CACHE` or `~/.cache/charter`. */
export const cacheFolder = (cache?: string): string =>
  resolve(cache ?? (process.env.CHARTER_CACHE || join(homedir(), '.cache', 'charter')));
