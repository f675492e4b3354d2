import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Checksum, hasChecksum } from './checksum.js';
import { withLock } from './with-lock.js';

export interface DownloadRequest {
  readonly url: string;
  /** Path of the finished file. */
  readonly file: string;
  /** In bytes. */
  readonly size: number;
  readonly checksum: Checksum;
  /** Starts a request; gives up when no answer comes. */
  readonly fetch: typeof globalThis.fetch;
  /** Ends a connection on which nothing has come for so long; default 30,000. */
  readonly idleMilliseconds?: number | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Attempts in a row that bring not one byte before a download is given up. */
const fruitlessAttempts = 3;

/**
 * Fetches a file, unless it is there. What has come is kept in `<file>.incomplete`: a connection that breaks, and a
 * later run, go on from there. The file gets its name once its checksum is right.
 *
 * @throws {Error} when the server refuses, keeps breaking off, or what it sends has another checksum
 */
export const download = (request: DownloadRequest): Promise<void> =>
  withLock(request.file, request.signal, async () => {
    const { file, size, checksum } = request;
    // Only a complete, checked file gets this name.
    if ((await sizeOf(file)) === size) return;
    await mkdir(dirname(file), { recursive: true });
    const incomplete = `${file}.incomplete`;
    const resumed = (await sizeOf(incomplete)) > 0;
    await fetchRest(request, incomplete);
    if (!(await hasChecksum(incomplete, checksum))) {
      await rm(incomplete);
      if (!resumed) throw wrongChecksum(request.url);
      // The part from an earlier run may be what is wrong.
      await fetchRest(request, incomplete);
      if (!(await hasChecksum(incomplete, checksum))) {
        await rm(incomplete);
        throw wrongChecksum(request.url);
      }
    }
    await rename(incomplete, file);
  });

const wrongChecksum = (url: string) =>
  new Error(`what came from ${url} has another checksum than the hub or Charter states, and was thrown away`);

/** Bytes of a file; -1 when there is none. */
const sizeOf = (file: string): Promise<number> =>
  stat(file).then(
    ({ size }) => size,
    () => -1,
  );

/** Asks for what is missing until the file has its size. A server that never answered is not asked twice. */
const fetchRest = async (request: DownloadRequest, incomplete: string) => {
  const { size, signal } = request;
  let answered = false;
  const watched: DownloadRequest = {
    ...request,
    fetch: async (...args) => {
      const response = await request.fetch(...args);
      answered = true;
      return response;
    },
  };
  let fruitless = 0;
  for (;;) {
    signal?.throwIfAborted();
    const before = await sizeOf(incomplete);
    if (before === size) return;
    if (before > size) {
      await rm(incomplete);
      continue;
    }
    try {
      await fetchOnce(watched, incomplete, Math.max(before, 0));
    } catch (error) {
      signal?.throwIfAborted();
      if (!answered || error instanceof DownloadRefusal) throw error;
      fruitless = (await sizeOf(incomplete)) > Math.max(before, 0) ? 0 : fruitless + 1;
      if (fruitless === fruitlessAttempts) throw error;
      if (fruitless > 0) await pause(250 * fruitless, undefined, { signal });
    }
  }
};

/** The server answered, and trying again would bring the same answer. */
export class DownloadRefusal extends Error {
  constructor(
    message: string,
    /** Of the answer, where that is what is wrong. */
    readonly status?: number,
  ) {
    super(message);
  }
}

const fetchOnce = async (request: DownloadRequest, incomplete: string, start: number) => {
  const { url, size, signal, idleMilliseconds = 30_000, onProgress } = request;
  const idle = new AbortController();
  const response = await request.fetch(url, {
    headers: start > 0 ? { Range: `bytes=${start}-` } : {},
    signal: AbortSignal.any([idle.signal, ...(signal ? [signal] : [])]),
  });
  if (response.status >= 500 || response.status === 429) {
    throw new Error(`${url} answered ${response.status}`);
  }
  if (!response.ok || !response.body)
    throw new DownloadRefusal(`${url} answered ${response.status}`, response.status);
  const resumes = response.status === 206;
  if (resumes && !response.headers.get('content-range')?.startsWith(`bytes ${start}-`)) {
    throw new DownloadRefusal(`${url} sent another range than the one asked for`);
  }

  const handle = await open(incomplete, resumes ? 'a' : 'w');
  let done = resumes ? start : 0;
  const watch = () =>
    setTimeout(() => idle.abort(new Error(`nothing more came from ${url}`)), idleMilliseconds);
  let timer = watch();
  try {
    for await (const chunk of response.body) {
      clearTimeout(timer);
      done += chunk.length;
      if (done > size) throw new DownloadRefusal(`${url} sends more than the ${size} bytes it announced`);
      await handle.writeFile(chunk);
      onProgress?.(done, size);
      timer = watch();
    }
  } finally {
    clearTimeout(timer);
    await handle.close();
  }
  if (done < size) throw new Error(`the connection to ${url} broke off after ${done} of ${size} bytes`);
};
