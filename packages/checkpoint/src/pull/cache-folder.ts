import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Folder of fetched and converted models and datasets: by default `$CHARTER_CACHE` or `~/.cache/charter`. */
export const cacheFolder = (cache?: string): string =>
  resolve(cache ?? (process.env.CHARTER_CACHE || join(homedir(), '.cache', 'charter')));
