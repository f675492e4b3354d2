import { mkdir, readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { cpus, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { sha256OfFile, writeFileAtomically } from '@charter/core/node';

/** Content of `run.json`: how an output was made. */
export interface RunRecord {
  readonly command: string;
  /** Every setting, defaults included. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly versions: Readonly<Record<string, string>>;
  readonly machine: string;
  /** Engine and device, such as `onnx-cpu`. */
  readonly engine: string;
  /** sha256 of each input file; of a hub dataset its folder in the cache, which names the commit. */
  readonly hashes: Readonly<Record<string, string>>;
  /** ISO 8601. */
  readonly started: string;
  readonly finished: string;
  readonly result: Readonly<Record<string, unknown>>;
}

/** Begins the record of a command; `finish` writes it into the output folder. */
export const startRecord = (command: string, settings: Readonly<Record<string, unknown>>) => {
  const started = new Date().toISOString();
  return {
    finish: async (
      out: string,
      { engine, hashes, result }: Pick<RunRecord, 'engine' | 'hashes' | 'result'>,
    ): Promise<RunRecord> => {
      const record: RunRecord = {
        command,
        settings,
        versions: versions(),
        machine: machine(),
        engine,
        hashes,
        started,
        finished: new Date().toISOString(),
        result,
      };
      await mkdir(out, { recursive: true });
      await writeFileAtomically(join(out, 'run.json'), `${JSON.stringify(record, null, 2)}\n`);
      return record;
    },
  };
};

/** Versions of Charter, of Node and of the engine. */
export const versions = (): Record<string, string> => {
  const require = createRequire(import.meta.url);
  const versionOf = (file: string) => (require(file) as { version: string }).version;
  return {
    charter: versionOf('@charter/cli/package.json'),
    node: process.versions.node,
    'runtime-onnx': versionOf('@charter/runtime-onnx/package.json'),
  };
};

/** Such as `AMD EPYC, 2 cores, 23 GB, linux 6.1`. */
export const machine = (): string =>
  `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB, ${platform()} ${release()}`;

/** sha256 of each file that exists, by the path given. */
export const hashFiles = async (files: readonly string[]): Promise<Record<string, string>> => {
  const hashes: Record<string, string> = {};
  for (const file of files) {
    const isFile = (await stat(file).catch(() => undefined))?.isFile();
    if (isFile) hashes[file] = await sha256OfFile(file);
  }
  return hashes;
};

/** Hash of an adapter's weights; null without an adapter. */
export const adapterFingerprint = async (folder: string | undefined): Promise<string | null> =>
  folder === undefined ? null : sha256OfFile(join(folder, 'adapter_model.safetensors'));

/** A JSON file as it is. */
export const readJson = async (file: string): Promise<unknown> => JSON.parse(await readFile(file, 'utf8'));
