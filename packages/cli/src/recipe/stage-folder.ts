import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Terminal } from '../terminal.js';

/** What a finished stage says: by which settings it ran, how long it took, and what it made. */
interface StageRecord<Result> {
  readonly fingerprint: string;
  readonly seconds: number;
  readonly result: Result;
}

/** What a stage gives to those after it. `fingerprint` stands for all that decided the result. */
export interface StageOutcome<Result> {
  readonly folder: string;
  readonly fingerprint: string;
  readonly seconds: number;
  readonly result: Result;
}

export interface Stage<Result> {
  /** Names its folder. */
  readonly name: string;
  /** Settings, and the fingerprints of the stages that it builds on. */
  readonly basis: unknown;
  /** Goes on where it was stopped; must not return before its result is complete. */
  run(folder: string): Promise<Result>;
}

const RECORD = 'stage.json';
const STARTED = 'started.json';

/** Where stages lie. */
export interface StagePlace {
  readonly out: string;
  readonly terminal: Terminal;
  /**
   * `name`: one folder a stage, `<out>/<name>`. `fingerprint`: one for each way in which the stage was run,
   * `<out>/<name>-<fingerprint>`, so that several settings share what they have in common.
   */
  readonly foldersBy?: 'name' | 'fingerprint' | undefined;
  /** Told when a stage begins, and again with its outcome when it is done. */
  readonly onStage?: ((stage: StageEvent) => void) | undefined;
}

export interface StageEvent {
  readonly name: string;
  readonly folder: string;
  /** Absent while the stage is running. */
  readonly outcome?: StageOutcome<unknown>;
}

/**
 * Runs a stage in its folder, or takes its result from there when it was finished by the same settings. What other
 * settings made there is kept in `<name>.1`, `<name>.2`, …
 */
export const runStage = async <Result>(
  { out, terminal, foldersBy = 'name', onStage }: StagePlace,
  { name, basis, run }: Stage<Result>,
): Promise<StageOutcome<Result>> => {
  const fingerprint = createHash('sha256').update(JSON.stringify(basis)).digest('hex').slice(0, 16);
  const folder = join(out, foldersBy === 'name' ? name : `${name}-${fingerprint}`);
  const started = (await readRecord(folder, STARTED)) as { fingerprint: string; seconds: number } | undefined;
  if (started && started.fingerprint !== fingerprint) {
    terminal.note(`${name}: made by other settings before; that is kept in ${await setAside(folder)}.`);
  }
  const found = (await readRecord(folder, RECORD)) as StageRecord<Result> | undefined;
  if (found) {
    terminal.note(`${name}: done before.`);
    const outcome = { folder, ...found };
    onStage?.({ name, folder, outcome });
    return outcome;
  }
  await mkdir(folder, { recursive: true });
  onStage?.({ name, folder });
  const before = started?.fingerprint === fingerprint ? started.seconds : 0;
  const begin = performance.now();
  const spent = () => before + (performance.now() - begin) / 1000;
  const save = (file: string, record: object) =>
    writeFile(join(folder, file), `${JSON.stringify(record, null, 2)}\n`);
  await save(STARTED, { fingerprint, seconds: before });
  try {
    const result = await run(folder);
    const record: StageRecord<Result> = { fingerprint, seconds: spent(), result };
    await save(RECORD, record);
    const outcome = { folder, ...record };
    onStage?.({ name, folder, outcome });
    return outcome;
  } catch (error) {
    // Time that a stopped start took counts when the stage is finished later.
    await save(STARTED, { fingerprint, seconds: spent() });
    throw error;
  }
};

const readRecord = async (folder: string, file: string): Promise<unknown> => {
  const text = await readFile(join(folder, file), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text);
};

const setAside = async (folder: string): Promise<string> => {
  for (let n = 1; ; n++) {
    const aside = `${folder}.${n}`;
    if (await stat(aside).catch(() => undefined)) continue;
    await rename(folder, aside);
    return aside;
  }
};
