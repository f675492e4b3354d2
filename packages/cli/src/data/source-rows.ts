import * as tiny from '@charter/charter-tiny';
import { promptFile, promptFiles } from '@charter/critique';
import { collect, type ReadOptions, type RowsFor, readRows } from '@charter/datasets';
import { CliError } from '../command-line/cli-error.js';
import type { CommandContext } from '../command-line/command.js';
import { hashFiles } from '../command-line/run-record.js';
import { unusedColumns, withoutAdvice } from './data-options.js';
import { localData } from './local-data.js';
import type { RowSource } from './row-source.js';

/** The files behind a source: prompt files that ship go by their names, datasets of a hub are fetched. */
const filesOf = ({ data, split }: RowSource, context: CommandContext) =>
  localData(shippedPrompts(data) ?? data, split, context);

/** Path of a prompt file that ships: `harmful`, or `charter-tiny/harmful`. */
const shippedPrompts = (name: string): string | undefined => {
  if (name in promptFiles) return promptFile(name as keyof typeof promptFiles);
  const [, ofTiny] = /^charter-tiny\/(.+)$/.exec(name) ?? [];
  return ofTiny && ofTiny in tiny.promptFiles ? tiny.promptFile(ofTiny as tiny.PromptFileName) : undefined;
};

/**
 * The rows of a source. Those that do not fit what they are wanted for are left out and counted.
 * @param options.keep other columns that rows carry along, under `kept`
 * @param options.where which rows are wanted; `skip` and `limit` count those
 * @throws {CliError} when none is left, or the dataset cannot be fetched
 */
export const sourceRows = async <Use extends keyof RowsFor>(
  use: Use,
  source: RowSource,
  context: CommandContext,
  { keep, where }: Pick<ReadOptions, 'keep'> & { where?: (row: RowsFor[Use]) => boolean } = {},
): Promise<RowsFor[Use][]> => {
  const { split, skip = 0, limit } = source;
  const bad: string[] = [];
  const unused = unusedColumns(context.terminal);
  const { path } = await filesOf(source, context);
  const read = await collect(
    readRows(path, {
      as: use,
      split,
      keep,
      limit: where ? undefined : limit && skip + limit,
      onUnusedColumns: unused.add,
      onBadRow: error => bad.push(withoutAdvice(error)),
    }),
  );
  // Files that ship are what they should be.
  if (shippedPrompts(source.data) === undefined) unused.note();
  const wanted = where ? read.filter(where) : read;
  const rows = wanted.slice(skip, limit && skip + limit);
  if (rows.length === 0) {
    throw new CliError(
      `${source.data}: no row can be used as ${use}. ${bad[0] ? `The first: ${bad[0]}` : `It has ${wanted.length} of this kind, and skip leaves out ${skip}.`}`,
    );
  }
  if (bad.length) context.terminal.note(`${source.data}: ${bad.length} rows skipped. The first: ${bad[0]}`);
  return rows;
};

/** Inputs that decide a source's rows: its settings, and the contents of a file or the commit of a hub dataset. */
export const sourceFingerprint = async (
  source: RowSource | undefined,
  context: CommandContext,
): Promise<unknown> => {
  if (!source) return undefined;
  const { path, fetched } = await filesOf(source, context);
  return fetched === undefined
    ? { ...source, sha256: Object.values(await hashFiles([path])) }
    : { ...source, fetched };
};

/** The same of several sources, one after the other: two that are fetched at once would share the progress line. */
export const sourceFingerprints = async (
  sources: readonly (RowSource | undefined)[],
  context: CommandContext,
): Promise<unknown[]> => {
  const identities: unknown[] = [];
  for (const source of sources) identities.push(await sourceFingerprint(source, context));
  return identities;
};
