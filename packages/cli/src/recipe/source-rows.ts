import { promptFile, promptFiles } from '@charter/critique';
import { collect, type ReadOptions, type RowsFor, readRows } from '@charter/datasets';
import { CliError } from '../cli-error.js';
import type { CommandContext } from '../command.js';
import { localData } from '../local-data.js';
import { hashFiles } from '../run-record.js';
import type { RecipeSource } from './recipe.js';

/** The files behind a source: prompt files that ship go by their names, datasets of a hub are fetched. */
const filesOf = ({ data, split }: RecipeSource, context: CommandContext) =>
  localData(data in promptFiles ? promptFile(data as keyof typeof promptFiles) : data, split, context);

/**
 * The rows of a source. Those that do not fit what they are wanted for are left out and counted.
 * @param options.keep other columns that rows carry along, under `kept`
 * @throws {CliError} when none is left, or the dataset cannot be fetched
 */
export const sourceRows = async <Use extends keyof RowsFor>(
  use: Use,
  source: RecipeSource,
  context: CommandContext,
  { keep }: Pick<ReadOptions, 'keep'> = {},
): Promise<RowsFor[Use][]> => {
  const { split, skip = 0, limit } = source;
  const bad: string[] = [];
  const { path } = await filesOf(source, context);
  const read = await collect(
    readRows(path, {
      as: use,
      split,
      keep,
      limit: limit && skip + limit,
      onBadRow: error => bad.push(error.message),
    }),
  );
  const rows = read.slice(skip);
  if (rows.length === 0) {
    throw new CliError(
      `${source.data}: no row can be used as ${use}. ${bad[0] ? `The first: ${bad[0]}` : `It has ${read.length} rows, and ${skip} are passed over.`}`,
    );
  }
  if (bad.length) context.terminal.note(`${source.data}: ${bad.length} rows left out. The first: ${bad[0]}`);
  return rows;
};

/** What decides a source's rows: where they come from, and the contents of a file or the commit of a hub dataset. */
export const sourceIdentity = async (
  source: RecipeSource | undefined,
  context: CommandContext,
): Promise<unknown> => {
  if (!source) return undefined;
  const { path, fetched } = await filesOf(source, context);
  return fetched === undefined
    ? { ...source, sha256: Object.values(await hashFiles([path])) }
    : { ...source, fetched };
};

/** The same of several sources, one after the other: two that are fetched at once would share the progress line. */
export const sourceIdentities = async (
  sources: readonly (RecipeSource | undefined)[],
  context: CommandContext,
): Promise<unknown[]> => {
  const identities: unknown[] = [];
  for (const source of sources) identities.push(await sourceIdentity(source, context));
  return identities;
};
