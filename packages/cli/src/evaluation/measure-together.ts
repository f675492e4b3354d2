import { appendFile, copyFile, readFile, rm } from 'node:fs/promises';
import { type Collective, fromEveryRank } from '@charter/trainer';
import type { AnswerOptions } from './measure-answers.js';
import type { HeldOut, MeasuredModel } from './measure-model.js';

type Files = Pick<AnswerOptions, 'answers' | 'verdicts'>;

/**
 * Measures with each process on its part of the data.
 *
 * @param files answers and verdicts; while they work, processes above rank 0 have files of their own
 * @param measure measures one part
 * @returns the results of all parts, in every process
 */
export const measureTogether = async (
  heldOut: HeldOut,
  files: Files,
  measure: (heldOut: HeldOut, files: Files) => Promise<MeasuredModel>,
  collective: Collective | undefined,
): Promise<MeasuredModel> => {
  if (!collective) return measure(heldOut, files);
  const { rank, size } = collective;
  const own = rank === 0 ? files : mapFiles(files, file => file.replace(/\.jsonl$/, `.rank-${rank}.jsonl`));
  if (rank > 0) await Promise.all(names.map(name => copyFile(files[name], own[name]).catch(() => {})));
  const part = Object.fromEntries(
    Object.entries(heldOut).map(([name, rows]: [string, readonly unknown[] | undefined]) => [
      name,
      rows?.slice(Math.floor((rank * rows.length) / size), Math.floor(((rank + 1) * rows.length) / size)),
    ]),
  );
  const scores = await measure(part, own);
  const parts = await fromEveryRank(collective, { scores, made: rank > 0 ? await linesOf(own) : undefined });
  if (rank === 0)
    await addLines(
      files,
      parts.flatMap(({ made }) => made ?? []),
    );
  else await Promise.all(names.map(name => rm(own[name], { force: true })));
  return joined(parts.map(part => part.scores));
};

const names = ['answers', 'verdicts'] as const;

const mapFiles = (files: Files, change: (file: string) => string): Files => ({
  answers: change(files.answers),
  verdicts: change(files.verdicts),
});

const lines = async (file: string): Promise<string[]> =>
  (await readFile(file, 'utf8').catch(() => '')).split('\n').filter(Boolean);

const linesOf = async ({ answers, verdicts }: Files) => ({
  answers: await lines(answers),
  verdicts: await lines(verdicts),
});

/** Adds the lines that a file does not hold yet. */
const addLines = async (
  files: Files,
  made: readonly Record<keyof Files, readonly string[]>[],
): Promise<void> => {
  for (const name of names) {
    const known = new Set(await lines(files[name]));
    const added = new Set(made.flatMap(part => part[name]).filter(line => !known.has(line)));
    if (added.size > 0) await appendFile(files[name], [...added].map(line => `${line}\n`).join(''));
  }
};

/** Results of parts one after the other; what only some parts have, such as answers, is there once. */
const joined = (parts: readonly MeasuredModel[]): MeasuredModel => {
  const keys = new Set(parts.flatMap(part => Object.keys(part) as (keyof MeasuredModel)[]));
  return Object.fromEntries(
    [...keys].map(key => [key, parts.flatMap(part => (part[key] as readonly unknown[] | undefined) ?? [])]),
  );
};
