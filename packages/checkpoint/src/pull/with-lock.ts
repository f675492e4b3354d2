import { withFileLock } from '@charter/core/node';

/** Makes the file or folder at `path` in one process at a time, over all processes; others wait. */
export const withLock = <T>(
  path: string,
  signal: AbortSignal | undefined,
  make: () => Promise<T>,
): Promise<T> => withFileLock(`${path}.lock`, make, { wait: true, signal });
