import { join } from 'node:path';
import type { HubFile } from './hub.js';
import { PullError } from './pull-error.js';
import type { PullOptions } from './pull-options.js';
import { snapshot } from './snapshot.js';

export interface PullDatasetOptions extends PullOptions {
  /** Fetches only the files of this split, such as `train_sft` for `train_sft-00000-of-00001.parquet`. */
  readonly split?: string | undefined;
}

/** Files of a listing that a message names. */
const namedFiles = 12;

/**
 * A dataset of the hub, fetched into the cache: its data files, as they are.
 *
 * @param name `org/name`, or `org/name/sub/folder` for the files in that folder
 * @returns path of the folder; the commit is part of it
 * @throws {PullError} when there is no such dataset, no access, no data file or split in it, or no way to the hub
 */
export const pullDataset = async (name: string, options: PullDatasetOptions = {}): Promise<string> => {
  const { split, signal } = options;
  signal?.throwIfAborted();
  const [, repo, sub = ''] = /^([\w-][\w.-]*\/[\w-][\w.-]*)(?:\/(.+))?$/.exec(name) ?? [];
  if (!repo || (sub && !safePath.test(sub))) {
    throw new PullError(
      name,
      'is no name of a dataset.',
      'Give the name of a dataset on the hub: org/name, or org/name/sub/folder.',
    );
  }
  // The names of other choices of files must not be the same, nor lead to another folder.
  const what = ['data', sub, split ?? ''].map(encodeURIComponent).join(',');
  const folder = await snapshot({ kind: 'dataset', name: repo }, options, what, files =>
    dataFiles(`datasets/${name}`, files, { sub, split }),
  );
  return join(folder, sub);
};

/** Of the files that a dataset has, those with rows of the split. */
const dataFiles = (
  dataset: string,
  files: readonly HubFile[],
  { sub, split }: { sub: string; split: string | undefined },
): HubFile[] => {
  const data = files.filter(({ path }) => isDataFile(path));
  const inFolder = sub ? data.filter(({ path }) => path.startsWith(`${sub}/`)) : data;
  if (inFolder.length === 0) {
    // The data files that it has elsewhere say more than the others.
    const paths = (data.length ? data : files).map(({ path }) => path);
    const more = paths.length - namedFiles;
    const named = paths.slice(0, namedFiles).join(', ') + (more > 0 ? ` and ${more} more` : '');
    throw new PullError(
      dataset,
      'has no data files (.parquet, .jsonl, .json, .csv, .tsv, each also .gz) on the hub.',
      `It has: ${named || 'none at all'}.`,
    );
  }
  const wanted = split === undefined ? inFolder : inFolder.filter(({ path }) => splitOf(path) === split);
  if (wanted.length === 0) {
    const splits = [...new Set(inFolder.map(({ path }) => splitOf(path)))].join(', ');
    throw new PullError(dataset, `has no split ${split} on the hub.`, `It has: ${splits}.`);
  }
  return wanted;
};

// The listing is somebody else's: no path may lead out of the folder. Readers pass over hidden files anyway.
const safePath = /^[^./\\:][^/\\:]*(\/[^./\\:][^/\\:]*)*$/;

// These three are the rules by which @charter/datasets takes files from a folder (data-files.ts); packages/cli holds
// one against the other.
const extension = /\.(parquet|jsonl|ndjson|json|csv|tsv)(\.gz)?$/i;
const notData = /^(dataset_infos?|state|dataset_dict|config|package)\.json$/;

const isDataFile = (path: string): boolean =>
  safePath.test(path) && extension.test(path) && !notData.test(baseName(path));

/** The file's name up to the number of a shard (`train-00000-of-00003.parquet`) or the extension. */
const splitOf = (path: string): string =>
  baseName(path)
    .replace(extension, '')
    .replace(/-\d+(-of-\d+)?(-[0-9a-f]{16})?$/, '');

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
