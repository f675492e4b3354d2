import { join, resolve } from 'node:path';
import { writeFileAtomically } from '@charter/core/node';
import { loadConstitution } from '@charter/critique';
import { modelName } from '@charter/models';
import { type ReportData, renderMarkdown, renderReport } from '@charter/report';
import { machine, versions } from '../command-line/run-record.js';
import type { Recipe } from './recipe.js';
import type { RecipeRun } from './recipe-run.js';
import type { RunState } from './run-state.js';
import { stages } from './stages.js';

/**
 * Writes report.json, report.html and report.md into a folder.
 * @returns path of the page
 */
export const writeReportFiles = async (folder: string, data: ReportData): Promise<string> => {
  const file = (ending: string) => join(folder, `report.${ending}`);
  await writeFileAtomically(file('json'), `${JSON.stringify(data, null, 2)}\n`);
  await writeFileAtomically(file('md'), renderMarkdown(data));
  await writeFileAtomically(file('html'), renderReport(data));
  return resolve(file('html'));
};

/** A recipe that is named as its model says so once. */
export const titleOf = ({ recipe, model }: Pick<RecipeRun<Recipe>, 'recipe' | 'model'>): string =>
  recipe.name === modelName(model) ? recipe.name : `${recipe.name}: ${modelName(model)}`;

/** The report of a run as far as it is. */
export const reportData = async (run: RecipeRun<Recipe>, state: RunState): Promise<ReportData> => {
  const { recipe } = run;
  const { outcomes, folders, started, finished } = state;
  const { description } = recipe;
  const { hash } = await loadConstitution(recipe.constitution);
  const sections: Omit<ReportData, 'run'> = {};
  const seconds: Record<string, number> = {};
  const tokensOf: Record<string, number> = {};
  const hashesOf: Record<string, string> = { constitution: hash };
  for (const stage of stages) {
    const outcome = outcomes[stage.id];
    if (outcome) seconds[stage.id] = outcome.seconds;
    const { tokens, hashes, curves, samples, ...own } =
      (await stage.report?.({ ...run, outcomes, folders })) ?? {};
    Object.assign(sections, own);
    if (curves) sections.curves = { ...sections.curves, ...curves };
    if (samples) sections.samples = [...(sections.samples ?? []), ...samples];
    if (tokens !== undefined) tokensOf[stage.id] = tokens;
    Object.assign(hashesOf, hashes);
  }
  return {
    title: titleOf(run),
    ...(description && { description }),
    ...sections,
    run: {
      recipe: recipe.name,
      model: recipe.model,
      machine: `${machine()}, ${run.runtime.name}`,
      started,
      ...(finished && { finished }),
      versions: versions(),
      settings: settingsOf(recipe),
      hashes: hashesOf,
      seconds,
      tokens: tokensOf,
    },
  };
};

type Settings = NonNullable<NonNullable<ReportData['run']>['settings']>;

/** The recipe's settings, stage by stage, nested ones under dotted names. */
const settingsOf = ({
  name: _,
  description: __,
  model: ___,
  constitution,
  seed,
  ...stages
}: Recipe): Settings => ({
  recipe: { constitution, seed },
  ...Object.fromEntries(Object.entries(stages).map(([stage, settings]) => [stage, flat(settings)])),
});

const flat = (value: unknown, path: string[] = []): Settings[string] => {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { [path.join('.')]: value as Settings[string][string] };
  }
  return Object.assign({}, ...Object.entries(value).map(([key, inner]) => flat(inner, [...path, key])));
};
