import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import lockfile from 'proper-lockfile';

/**
 * Runs one at a time, over all processes, what makes the file or folder at `path`; others wait. The lock of a process
 * that died is taken over after a minute, or at once where that process could still clean up.
 */
export const withLock = async <T>(
  path: string,
  signal: AbortSignal | undefined,
  run: () => Promise<T>,
): Promise<T> => {
  await mkdir(dirname(path), { recursive: true });
  const release = await acquire(path, signal);
  try {
    return await run();
  } finally {
    await release().catch(() => {});
  }
};

const acquire = async (path: string, signal: AbortSignal | undefined) => {
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await lockfile.lock(path, {
        realpath: false,
        stale: 60_000,
        // A lock that was taken over does no harm: everything is renamed into place when it is complete.
        onCompromised: () => {},
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw error;
      await setTimeout(200, undefined, { signal });
    }
  }
};
