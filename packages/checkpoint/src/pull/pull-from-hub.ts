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
  resolveCommit,
} from './hub.js';
import { PullError, reasonOf } from './pull-error.js';
import type { PullOptions } from './pull-options.js';

const hubAnswerMilliseconds = 15_000;

/** The files that make a model folder. Weights of other formats and copies of them are left where they are. */
const modelFiles =
  /^(config|generation_config|tokenizer|tokenizer_config|special_tokens_map|chat_template)\.json$|^chat_template\.jinja$|^additional_chat_templates\/[\w-]+\.jinja$|^model(-\d+-of-\d+)?\.safetensors$|^model\.safetensors\.index\.json$/;

/**
 * A model of the hub, fetched into the cache.
 *
 * @param repo `org/name`
 * @throws {PullError} when there is no such model, no access, no safetensors in it, or no way to the hub
 */
export const pullFromHub = async (repo: string, options: PullOptions): Promise<string> =>
  snapshot(repo, options, 'model', files => {
    const wanted = files.filter(({ path }) => modelFiles.test(path));
    const single = wanted.some(({ path }) => path === 'model.safetensors');
    const needed = single
      ? wanted.filter(({ path }) => !/^model(-|\.safetensors\.index)/.test(path))
      : wanted;
    if (needed.some(({ path }) => path.endsWith('.safetensors'))) return needed;
    const ggufs = files.flatMap(({ path }) => (path.endsWith('.gguf') ? [path] : []));
    throw new PullError(
      repo,
      'has no model.safetensors on the hub.',
      ggufs.length
        ? `It has GGUF files; name one of them: ${ggufs.map(file => `${repo}/${file}`).join(', ')}.`
        : 'Use a version of the model that has safetensors or GGUF files.',
    );
  });

/** One GGUF file of a repository on the hub, fetched into the cache; returns its path there. */
export const pullGgufFromHub = async (repo: string, file: string, options: PullOptions): Promise<string> => {
  const folder = await snapshot(repo, options, file, files => {
    const found = files.find(({ path }) => path === file);
    if (found) return [found];
    const others = files.flatMap(({ path }) => (path.endsWith('.gguf') ? [path] : [])).join(', ');
    throw new PullError(
      `${repo}/${file}`,
      'is not in that repository.',
      `GGUF files in it: ${others || 'none'}.`,
    );
  });
  return join(folder, file);
};

/**
 * Fetches some files of a repository into `hub/<org>--<name>/<commit>/`. What a revision stood for when all of them
 * were there is noted in `refs/`, so that the same question can be answered without the hub.
 *
 * @param what names the choice of files
 * @param choose picks the files; throws where there are none to pick
 */
const snapshot = async (
  repo: string,
  options: PullOptions,
  what: string,
  choose: (files: HubFile[]) => HubFile[],
): Promise<string> => {
  const { revision = 'main', offline, signal, onProgress } = options;
  if (!/^[\w-][\w./-]*$/.test(revision) || revision.includes('..')) {
    throw new PullError(
      repo,
      `"${revision}" is no revision.`,
      'Give the name of a branch or tag, or a commit.',
    );
  }
  const home = join(cacheFolder(options.cache), 'hub', repo.replace('/', '--'));
  const noted = join(home, 'refs', `${revision.replaceAll('/', '--')}.${what}`);
  const known = await readFile(noted, 'utf8').catch(() => undefined);
  const cached = known && /^[0-9a-f]{40}$/.test(known) ? join(home, known) : undefined;
  // A commit never changes, a branch may.
  if (cached && (offline || revision === known)) return cached;
  const advice =
    'Give a local folder or .gguf file as the model, or set HF_ENDPOINT to a hub that can be reached.';
  if (offline) {
    throw new PullError(
      repo,
      'is not in the cache, and fetching is switched off (offline, HF_HUB_OFFLINE).',
      advice,
    );
  }

  const hub = hubFromEnvironment(hubAnswerMilliseconds);
  const explain = (error: unknown) => {
    signal?.throwIfAborted();
    if (error instanceof PullError) return error;
    return new PullError(repo, 'could not be fetched.', advice, {
      tried: [`${hub.endpoint}/${repo} at ${revision}: ${hubRefusal(hub, error) ?? reasonOf(error)}`],
      cause: error,
    });
  };
  let listed: { commit: string; files: HubFile[] };
  try {
    listed = await look(hub, repo, revision, signal);
  } catch (error) {
    const explained = explain(error);
    // Only a hub that cannot be reached is done without, not one that says no.
    if (!cached || hubRefusal(hub, error)) throw explained;
    onProgress?.({ step: 'use the cache', what: `${repo} (${reasonOf(error)})`, done: 0, total: undefined });
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

const look = async (hub: Hub, repo: string, revision: string, signal: AbortSignal | undefined) => {
  const commit = await resolveCommit(hub, repo, revision, signal);
  return { commit, files: await listHubFiles(hub, repo, commit, signal) };
};
