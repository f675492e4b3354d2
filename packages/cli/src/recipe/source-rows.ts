import { promptFile, promptFiles } from '@charter/critique';
import { collect, type RowsFor, readRows } from '@charter/datasets';
import { CliError } from '../cli-error.js';
import { hashFiles } from '../run-record.js';
import type { Terminal } from '../terminal.js';
import type { RecipeSource } from './recipe.js';

/** The file, folder or pattern behind a source: prompt files that ship go by their names. */
const pathOf = ({ data }: RecipeSource): string =>
  data in promptFiles ? promptFile(data as keyof typeof promptFiles) : data;

/**
 * The rows of a source. Those that do not fit what they are wanted for are left out and counted.
 * @throws {CliError} when none is left
 */
export const sourceRows = async <Use extends keyof RowsFor>(
  use: Use,
  source: RecipeSource,
  terminal: Terminal,
): Promise<RowsFor[Use][]> => {
  const { split, skip = 0, limit } = source;
  const bad: string[] = [];
  const read = await collect(
    readRows(pathOf(source), {
      as: use,
      split,
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
  if (bad.length) terminal.note(`${source.data}: ${bad.length} rows left out. The first: ${bad[0]}`);
  return rows;
};

/** What decides a source's rows: where they come from, and the contents when that is one file. */
export const sourceIdentity = async (source: RecipeSource | undefined): Promise<unknown> =>
  source && { ...source, sha256: Object.values(await hashFiles([pathOf(source)])) };
