import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import { DatasetError } from '../dataset-error.js';

export type Format = 'jsonl' | 'json' | 'csv' | 'tsv' | 'parquet';

const EXTENSIONS: Record<string, Format> = {
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  json: 'json',
  csv: 'csv',
  tsv: 'tsv',
  parquet: 'parquet',
};
// What hubs and `datasets` put beside the data.
const NOT_DATA = /^(dataset_infos?|state|dataset_dict|config|package)\.json$|^\./;

/** The format that a file's name tells, `.gz` aside. */
export const formatOf = (file: string): Format | undefined => {
  const extension = basename(file)
    .replace(/\.gz$/, '')
    .match(/\.([a-z]+)$/i)?.[1];
  return extension === undefined ? undefined : EXTENSIONS[extension.toLowerCase()];
};

/**
 * The files that paths name, in order: files as they are, patterns (`data/*.parquet`) and folders sorted by name.
 *
 * @param split takes from folders and patterns only files whose names begin with it (`train_sft-00000-of-00001.parquet`)
 * @throws {DatasetError} when a path names nothing, or a folder holds several formats or splits and none was chosen
 */
export const dataFiles = async (
  paths: readonly string[],
  { format, split }: { format?: Format | undefined; split?: string | undefined },
): Promise<string[]> => {
  const files: string[] = [];
  for (const path of paths) {
    const info = await stat(path).catch(() => undefined);
    if (info && !info.isDirectory()) {
      files.push(path);
      continue;
    }
    const isPattern = !info && isDynamicPattern(path);
    if (!info && !isPattern)
      throw new DatasetError('there is no such file or folder', 'Check the path.', { file: path });
    const found = isPattern
      ? await glob(path, { absolute: path.startsWith('/'), expandDirectories: false })
      : (await glob('**/*', { cwd: path })).map(name => join(path, name));
    const data = found.filter(file => !NOT_DATA.test(basename(file)) && formatOf(file) !== undefined);
    const named = split === undefined ? data : data.filter(file => splitOf(file) === split);
    const wanted =
      format === undefined || isPattern ? named : named.filter(file => formatOf(file) === format);
    if (wanted.length === 0) {
      const splits = [...new Set(data.map(splitOf))].join(', ');
      throw new DatasetError(
        split === undefined || data.length === 0 ? 'holds no data files' : `has no split ${split}`,
        split === undefined || data.length === 0
          ? 'Expected .jsonl, .json, .csv, .tsv or .parquet, each also .gz.'
          : `It has: ${splits}.`,
        { file: path },
      );
    }
    refuseMixture(path, 'formats', wanted.map(formatOf), 'format');
    if (!isPattern) refuseMixture(path, 'splits', wanted.map(splitOf).filter(isSplitName), 'split');
    files.push(...wanted.sort());
  }
  return files;
};

/** A file's split: its name up to the shard number (`train-00000-of-00003.parquet`) or the extension. */
const splitOf = (file: string): string => {
  return basename(file)
    .replace(/(\.[a-z]+)?(\.gz)?$/i, '')
    .replace(/-\d+(-of-\d+)?(-[0-9a-f]{16})?$/, '');
};

const isSplitName = (name: string) => /^(train|test|valid|validation|dev|eval)([_-].*)?$/.test(name);

/** Reading training and test rows as one is never what was meant. */
const refuseMixture = (
  path: string,
  what: string,
  values: (string | undefined)[],
  option: 'format' | 'split',
): void => {
  const different = [...new Set(values)].sort();
  if (different.length < 2) return;
  throw new DatasetError(
    `holds several ${what}: ${different.join(', ')}`,
    `Choose one (${option}), or name the files.`,
    { file: path },
  );
};
