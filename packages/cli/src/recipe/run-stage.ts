import { mkdir, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256, writeFileAtomically } from '@charter/core/node';
import type { Terminal } from '../command-line/terminal.js';

/** Record of a finished stage: fingerprint of its inputs, time it took, and result. */
interface Finished<Result> {
  readonly fingerprint: string;
  readonly seconds: number;
  readonly result: Result;
}

/** Record of a stage that was begun. */
interface Started {
  readonly fingerprint: string;
  /** Time that earlier starts took. */
  readonly seconds: number;
}

/** Result of a stage for those after it. `fingerprint` stands for all that decided the result. */
export interface StageOutcome<Result> {
  readonly folder: string;
  readonly fingerprint: string;
  readonly seconds: number;
  readonly result: Result;
}

/** Work of a stage, and all that decides its result. */
export interface StageWork<Result> {
  /** Settings, and the fingerprints of the stages that it builds on. */
  readonly inputs: unknown;
  /** Goes on where it was stopped; must not return before its result is complete. */
  run(folder: string): Promise<Result>;
}

const RECORD = 'stage.json';
const STARTED = 'started.json';

/** Output folder of a run, and how its stages' folders are named. */
export interface StageFolders {
  readonly out: string;
  readonly terminal: Terminal;
  /**
   * `id`: one folder a stage, `<out>/<id>`. `fingerprint`: one for each way in which the stage was run,
   * `<out>/<id>-<fingerprint>`, so that several settings share what they have in common.
   */
  readonly foldersBy?: 'id' | 'fingerprint' | undefined;
}

/**
 * Runs a stage in its folder, or takes its result from there when it was finished by the same inputs. What other
 * inputs made there is kept in `<id>.1`, `<id>.2`, …
 *
 * @param onStart called with the folder before the stage runs
 */
export const runStage = async <Result>(
  { out, terminal, foldersBy = 'id' }: StageFolders,
  { id, inputs, run }: StageWork<Result> & { readonly id: string },
  onStart?: (folder: string) => void,
): Promise<StageOutcome<Result>> => {
  const fingerprint = sha256(inputs, 16);
  const folder = join(out, foldersBy === 'id' ? id : `${id}-${fingerprint}`);
  const read = <Value>(file: string) =>
    readRecord<Value>(join(folder, file), problem => terminal.note(`${id}: ${problem}`));
  const started = await read<Started>(STARTED);
  if (started && started.fingerprint !== fingerprint) {
    terminal.note(`${id}: settings changed; the earlier result is kept in ${await setAside(folder)}.`);
  }
  const found = await read<Finished<Result>>(RECORD);
  if (found?.fingerprint === fingerprint) {
    terminal.note(`${id}: already done.`);
    return { folder, ...found };
  }
  await mkdir(folder, { recursive: true });
  onStart?.(folder);
  const before = started?.fingerprint === fingerprint ? started.seconds : 0;
  const begin = performance.now();
  const spent = () => before + (performance.now() - begin) / 1000;
  const save = (file: string, record: object) => writeRecord(join(folder, file), record);
  await save(STARTED, { fingerprint, seconds: before });
  try {
    const result = await run(folder);
    const record: Finished<Result> = { fingerprint, seconds: spent(), result };
    await save(RECORD, record);
    return { folder, ...record };
  } catch (error) {
    // Time that a stopped start took counts when the stage is finished later.
    // A disk that is full must not hide the error that ended the stage.
    await save(STARTED, { fingerprint, seconds: spent() }).catch(() => {});
    throw error;
  }
};

/** Writes a record with a checksum of itself, so that a damaged one is known. */
const writeRecord = (file: string, record: object): Promise<void> =>
  writeFileAtomically(file, `${JSON.stringify({ ...record, checksum: sha256(record) }, null, 2)}\n`);

/** A record as it was written; undefined when there is none, or when it is damaged, which counts as not done. */
const readRecord = async <Value>(
  file: string,
  onProblem: (problem: string) => void,
): Promise<Value | undefined> => {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { checksum, ...record } = JSON.parse(text);
    if (checksum === sha256(record)) return record;
  } catch {}
  onProblem(`${file} is damaged, so the stage counts as not done and is run again.`);
  return undefined;
};

const setAside = async (folder: string): Promise<string> => {
  for (let n = 1; ; n++) {
    const aside = `${folder}.${n}`;
    if (await stat(aside).catch(() => undefined)) continue;
    await rename(folder, aside);
    return aside;
  }
};
