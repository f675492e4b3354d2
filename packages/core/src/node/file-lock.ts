import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rename, rm, rmdir, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { CharterError } from '../charter-error.js';

/** Process that holds a lock. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** ISO 8601. */
  readonly since: string;
}

/** A lock file that another process holds. */
export class LockedError extends CharterError {
  override readonly name = 'LockedError';

  constructor(
    /** The lock file. */
    readonly file: string,
    readonly holder: LockHolder,
  ) {
    super(
      `${file}: process ${holder.pid} on ${holder.host} has been writing here since ${holder.since}. Wait until it ends, ` +
        'or choose another output.',
    );
  }
}

export interface FileLockOptions {
  /** Waits for the holder in place of an error. */
  readonly wait?: boolean | undefined;
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined;
}

/** The holder touches its lock this often, in milliseconds. */
const HEARTBEAT = 15_000;
/** A lock of another machine that was not touched for this long is that of a dead process, in milliseconds. */
const STALE = 120_000;
/** Ids of locks behind the lock's own name: one to be linked, or the guard of a dead lock. */
const LEFTOVER = /^(unreadable|[0-9a-f-]{36})(\.[0-9a-f-]{36})*$/;
/** Interval at which a waiting process looks again, in milliseconds. */
const POLL = 200;

interface Lock extends LockHolder {
  readonly id: string;
  /** When the process began, in the kernel's ticks, where it says so: a pid is used again after a while. */
  readonly began?: string | undefined;
}

/**
 * Runs `work` while this process holds a lock file. The lock of a process that died, however it died, is taken over: on
 * the same machine at once, from another one after two minutes without a sign of life.
 *
 * @param file the lock file; made with its folder, and removed at the end
 * @throws {LockedError} naming the process that holds it, unless `wait` is set
 */
export const withFileLock = async <T>(
  file: string,
  work: () => Promise<T>,
  { wait = false, signal }: FileLockOptions = {},
): Promise<T> => {
  const made = await mkdir(dirname(file), { recursive: true });
  const own = await newLock();
  for (;;) {
    signal?.throwIfAborted();
    const holder = await take(file, own);
    if (!holder) break;
    if (!wait) throw new LockedError(file, holder);
    await setTimeout(POLL, undefined, { signal });
  }
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(file, now, now).catch(() => {});
  }, HEARTBEAT);
  heartbeat.unref();
  await removeLeftovers(file, own);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    await release(file, own);
    // Of work that wrote nothing no folder stays.
    if (made !== undefined) await rmdir(dirname(file)).catch(() => {});
  }
};

const newLock = async (): Promise<Lock> => ({
  id: randomUUID(),
  pid: process.pid,
  host: hostname(),
  since: new Date().toISOString(),
  began: await beginOf(process.pid),
});

/** Takes the lock, or tells who holds it. */
const take = async (file: string, own: Lock): Promise<LockHolder | undefined> => {
  // Written in full before it has the lock's name, so that nobody reads half of it.
  const candidate = `${file}.${own.id}`;
  await writeFile(candidate, `${JSON.stringify(own)}\n`).catch(async error => {
    await rm(candidate, { force: true }).catch(() => {});
    // The user knows the lock, not this name.
    throw Object.assign(error, { path: file });
  });
  try {
    for (;;) {
      if (await linked(candidate, file)) return undefined;
      const held = await readLock(file);
      if (!held) continue;
      if (await isAlive(file, held, candidate)) return held;
      // Only one may replace a dead lock. Who has the guard looks again: another may have replaced it already.
      const guard = `${file}.${held.id}`;
      const guardHolder = await take(guard, own);
      if (guardHolder) return guardHolder;
      try {
        if ((await readLock(file))?.id !== held.id) continue;
        await rename(candidate, file);
        return undefined;
      } finally {
        await release(guard, own);
      }
    }
  } finally {
    await rm(candidate, { force: true });
  }
};

/** Removes what processes left beside the lock that died while they took it. */
const removeLeftovers = async (file: string, own: Lock): Promise<void> => {
  const prefix = `${basename(file)}.`;
  const names = (await readdir(dirname(file))).filter(name => name.startsWith(prefix));
  for (const name of names.filter(name => LEFTOVER.test(name.slice(prefix.length)))) {
    const leftover = join(dirname(file), name);
    const lock = await readLock(leftover);
    // One that is being written cannot be read yet, but is young.
    const young = lock?.pid === 0 && (await ageOf(leftover, file)) < STALE;
    if (lock && lock.id !== own.id && !young && !(await isAlive(leftover, lock, file))) {
      await rm(leftover, { force: true });
    }
  }
};

const ageOf = async (file: string, now: string): Promise<number> => {
  const [then, at] = await Promise.all([stat(file).catch(() => undefined), stat(now)]);
  return then ? at.mtimeMs - then.mtimeMs : 0;
};

const release = async (file: string, own: Lock): Promise<void> => {
  if ((await readLock(file))?.id === own.id) await rm(file, { force: true });
};

const linked = async (candidate: string, file: string): Promise<boolean> => {
  try {
    await link(candidate, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes((error as NodeJS.ErrnoException).code ?? ''))
      throw error;
  }
  // File systems without hard links, such as exFAT.
  try {
    await writeFile(file, await readFile(candidate), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
};

/** The lock in a file; of one that cannot be understood, a dead process's. Undefined when there is none. */
const readLock = async (file: string): Promise<Lock | undefined> => {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { id, pid, host, since, began } = JSON.parse(text) as Partial<Lock>;
    const whole = /^[\w-]+$/.test(String(id)) && Number.isSafeInteger(pid) && Number(pid) > 0;
    if (whole && typeof host === 'string' && typeof since === 'string') {
      return {
        id: String(id),
        pid: Number(pid),
        host,
        since,
        ...(began !== undefined && { began: String(began) }),
      };
    }
  } catch {}
  return { id: 'unreadable', pid: 0, host: hostname(), since: '' };
};

const isAlive = async (file: string, { pid, host, began }: Lock, candidate: string): Promise<boolean> => {
  if (host !== hostname()) {
    // Both times are of the file system's clock.
    return (await ageOf(file, candidate)) < STALE;
  }
  if (pid === 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const begins = await beginOf(pid);
  return began === undefined || begins === undefined || begins === began;
};

/** When a process of this machine began, where the kernel says so (Linux). */
const beginOf = async (pid: number): Promise<string | undefined> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The second field is the program's name in parentheses, and may hold spaces; the begin is the 22nd.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
};
