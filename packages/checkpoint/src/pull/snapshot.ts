import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheFolder } from './cache-folder.js';
import {
  downloadHubFile,
  type Hub,
  type HubFile,
  hubFromEnvironment,
  hubRefusal,
  listHubFiles,
  placeOf,
  type Repository,
  resolveCommit,
} from './hub.js';
import { PullError, reasonOf } from './pull-error.js';
import { isOffline, type PullOptions } from './pull-options.js';

const hubAnswerMilliseconds = 15_000;

/** Differences between models and datasets: the folder in the cache, and what can be done without the hub. */
const kinds = {
  model: {
    folder: 'hub',
    advice:
      'Give a local folder or .gguf file as the model, or set HF_ENDPOINT to a hub that can be reached.',
  },
  dataset: {
    folder: 'datasets',
    advice: 'Use a local copy of its files instead, or set HF_ENDPOINT to a hub that can be reached.',
  },
} as const;

/**
 * Fetches some files of a repository into `<org>--<name>/<commit>/` below the folder of its kind. What a revision stood
 * for when all of them were there is noted in `refs/`, so that the same question can be answered without the hub.
 *
 * @param what names the choice of files; is part of a file name
 * @param choose picks the files; throws where there are none to pick
 * @returns path of the commit's folder
 * @throws {PullError} when the hub does not give them
 */
export const snapshot = async (
  repo: Repository,
  options: PullOptions,
  what: string,
  choose: (files: HubFile[]) => HubFile[],
): Promise<string> => {
  const { revision = 'main', signal, onProgress } = options;
  const { folder: kindFolder, advice } = kinds[repo.kind];
  const place = placeOf(repo);
  if (!/^[\w-][\w./-]*$/.test(revision) || revision.includes('..')) {
    throw new PullError(
      place,
      `"${revision}" is no revision.`,
      'Give the name of a branch or tag, or a commit.',
    );
  }
  const home = join(cacheFolder(options.cache), kindFolder, repo.name.replace('/', '--'));
  const noted = join(home, 'refs', `${revision.replaceAll('/', '--')}.${what}`);
  const offline = isOffline(options);
  const known = await readFile(noted, 'utf8').catch(() => undefined);
  const cached = known && /^[0-9a-f]{40}$/.test(known) ? join(home, known) : undefined;
  // A commit never changes, a branch may.
  if (cached && (offline || revision === known)) return cached;
  if (offline) {
    throw new PullError(
      place,
      'is not in the cache, and fetching is switched off (offline, HF_HUB_OFFLINE).',
      advice,
    );
  }

  const hub = hubFromEnvironment(hubAnswerMilliseconds);
  const explain = (error: unknown) => {
    signal?.throwIfAborted();
    if (error instanceof PullError) return error;
    return new PullError(place, 'could not be fetched.', advice, {
      tried: [`${hub.endpoint}/${place} at ${revision}: ${hubRefusal(hub, repo, error) ?? reasonOf(error)}`],
      cause: error,
    });
  };
  let listed: { commit: string; files: HubFile[] };
  try {
    listed = await look(hub, repo, revision, signal);
  } catch (error) {
    const explained = explain(error);
    // Only a hub that cannot be reached is done without, not one that says no.
    if (!cached || hubRefusal(hub, repo, error)) throw explained;
    onProgress?.({ step: 'use the cache', what: `${place} (${reasonOf(error)})`, done: 0, total: undefined });
    return cached;
  }

  const { commit, files } = listed;
  const folder = join(home, commit);
  try {
    for (const file of choose(files)) {
      await downloadHubFile(hub, repo, commit, file, {
        file: join(folder, file.path),
        signal,
        onProgress: (done, total) => onProgress?.({ step: 'download', what: file.path, done, total }),
      });
    }
  } catch (error) {
    throw explain(error);
  }
  await mkdir(dirname(noted), { recursive: true });
  await writeFile(noted, commit);
  return folder;
};

const look = async (hub: Hub, repo: Repository, revision: string, signal: AbortSignal | undefined) => {
  const commit = await resolveCommit(hub, repo, revision, signal);
  return { commit, files: await listHubFiles(hub, repo, commit, signal) };
};
