import { stat } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import { cacheFolder, PullError, pullDataset } from '@charter/checkpoint';
import { CliError } from '../command-line/cli-error.js';
import type { CommandContext } from '../command-line/command.js';
import { hashFiles } from '../command-line/run-record.js';
import { pullProgress } from '../models/pull-progress.js';

/** Where the rows of a name are on this machine. */
export interface LocalData {
  /** File, folder or pattern. */
  readonly path: string;
  /** Of a hub dataset, the folder below the cache's: it names the commit, and is the same on every machine. */
  readonly fetched?: string | undefined;
}

/** `datasets/org/name` or `datasets/org/name/sub/folder`, and no pattern of files. */
const hubDataset = /^datasets\/([^*?!()[\]{}/]+\/[^*?!()[\]{}]+)$/;

/** Datasets that a command has fetched: all of its files come from one commit, also when the branch moves. */
const fetchedBy = new WeakMap<AbortSignal, Map<string, Promise<string>>>();

/**
 * A file, folder or pattern as it is; `datasets/org/name` fetched from the hub, unless there is a folder of that name.
 *
 * @param split of a hub dataset, fetches only the files of this split
 * @throws {CliError} when the dataset cannot be had: what was tried, and how to give local files
 */
export const localData = async (
  data: string,
  split: string | undefined,
  context: CommandContext,
): Promise<LocalData> => {
  const name = hubDataset.exec(data)?.[1];
  if (name === undefined || (await stat(data).catch(() => undefined))) return { path: data };
  const folders = fetchedBy.get(context.signal) ?? new Map<string, Promise<string>>();
  fetchedBy.set(context.signal, folders);
  const key = JSON.stringify([name, split]);
  const folder = folders.get(key) ?? fetchDataset(name, split, context);
  folders.set(key, folder);
  const path = await folder;
  return { path, fetched: relative(cacheFolder(), path).replaceAll(sep, '/') };
};

const fetchDataset = async (
  name: string,
  split: string | undefined,
  { terminal, signal }: CommandContext,
): Promise<string> => {
  const progress = pullProgress(terminal);
  try {
    return await pullDataset(name, { split, signal, onProgress: progress.update });
  } catch (error) {
    if (!(error instanceof PullError)) throw error;
    throw new CliError(
      `${error.message}\nNo file or folder here has that name either. Files can be given in its place; \`charter run\` ` +
        "takes them by --prompts, --helpful, --pairs and --eval-pairs instead of the recipe's.",
      { cause: error },
    );
  } finally {
    progress.stop();
  }
};

/** Identity of a run's data by name: the sha256 of a file, the folder in the cache of a hub dataset. */
export const hashData = async (
  data: readonly string[],
  split: string | undefined,
  context: CommandContext,
): Promise<Record<string, string>> => {
  const hashes: Record<string, string> = {};
  for (const name of data) {
    const { fetched } = await localData(name, split, context);
    Object.assign(hashes, fetched === undefined ? await hashFiles([name]) : { [name]: fetched });
  }
  return hashes;
};
