import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { loadConstitution } from '@charter/critique';
import { type AnswersByCondition, compareStages } from '@charter/evaluate';
import { type ReportData, renderMarkdown, renderReport } from '@charter/report';
import { readMetrics } from '@charter/trainer';
import type { MeasuredModel } from '../measure-model.js';
import { hashFiles, machine, versions } from '../run-record.js';
import { critiqueSection } from './critique-section.js';
import { judgesSection, robustnessSection, sensitivitySection } from './evaluation-sections.js';
import type { RecipeRun } from './recipe-run.js';
import type { StageOutcome } from './stage-folder.js';
import { type AnsweredAgain, shownRows } from './stages/answer-again.js';
import type { FineTuned } from './stages/fine-tune.js';
import type { Optimized } from './stages/optimize.js';
import type { Preferences } from './stages/preferences.js';
import type { Revisions } from './stages/revise.js';

/** A run, of which some stages may not be done, or be left out. */
export interface RunSoFar {
  /** When this start of the run began, ISO 8601. */
  readonly started: string;
  /** When its last stage was done. */
  readonly finished?: string;
  readonly revisions?: StageOutcome<Revisions>;
  readonly tuned?: StageOutcome<FineTuned>;
  readonly preferences?: StageOutcome<Preferences>;
  readonly optimized?: StageOutcome<Optimized>;
  readonly again?: StageOutcome<AnsweredAgain[]>;
  readonly endured?: StageOutcome<AnswersByCondition>;
  readonly assessments: Readonly<Partial<Record<'base' | 'sft' | 'dpo', StageOutcome<MeasuredModel>>>>;
  /** Folders in which training is going on. */
  readonly training?: { readonly sft?: string | undefined; readonly dpo?: string | undefined };
}

/**
 * Writes report.json, report.html and report.md into a folder.
 * @returns path of the page
 */
export const writeReportFiles = async (folder: string, data: ReportData): Promise<string> => {
  const file = (ending: string) => join(folder, `report.${ending}`);
  await writeFile(file('json'), `${JSON.stringify(data, null, 2)}\n`);
  await writeFile(file('md'), renderMarkdown(data));
  await writeFile(file('html'), renderReport(data));
  return resolve(file('html'));
};

/** A recipe that is named as its model says so once. */
export const titleOf = ({ recipe, model }: Pick<RecipeRun, 'recipe' | 'model'>): string =>
  recipe.name === model.name ? recipe.name : `${recipe.name}: ${model.name}`;

/** What a report shows of a run, whether it is finished or not. */
export const reportData = async (run: RecipeRun, soFar: RunSoFar): Promise<ReportData> => {
  const { recipe } = run;
  const { revisions, tuned, preferences, optimized, endured, assessments, training, finished } = soFar;
  const measured = (['base', 'sft', 'dpo'] as const).flatMap(stage => {
    const assessment = assessments[stage];
    return assessment ? [{ stage, ...assessment.result }] : [];
  });
  const { seed } = recipe;
  const compared = compareStages(measured, { seed });
  const sensitivity = sensitivitySection(
    Object.fromEntries(measured.flatMap(({ stage, variants }) => (variants ? [[stage, variants]] : []))),
    seed,
  );
  const judges = judgesSection(
    measured.flatMap(({ answers }) => answers ?? []),
    firstJudge(recipe.evaluate),
  );
  const constitution = await loadConstitution(recipe.constitution);
  const summary = revisions?.result.summary;
  const curveOf = async (folder: string | undefined) =>
    folder === undefined ? [] : readMetrics(join(folder, 'metrics.jsonl'));
  const { description } = recipe;
  return {
    title: titleOf(run),
    ...(description && { description }),
    ...compared,
    ...(sensitivity.length > 0 && { sensitivity }),
    ...(endured && { robustness: robustnessSection(optimized ? 'dpo' : 'sft', endured.result, seed) }),
    ...(judges.length > 0 && { judges }),
    ...(summary && { critique: await critiqueSection(summary, constitution) }),
    curves: {
      sft: await curveOf(tuned?.folder ?? training?.sft),
      dpo: await curveOf(optimized?.folder ?? training?.dpo),
    },
    samples: [...(await revisedSamples(soFar)), ...compared.samples],
    run: {
      recipe: recipe.name,
      model: recipe.model,
      machine: `${machine()}, ${run.runtime.name}`,
      started: soFar.started,
      ...(finished && { finished }),
      versions: versions(),
      settings: settingsOf(recipe),
      hashes: {
        constitution: constitution.hash,
        ...(await hashFiles(
          [tuned, optimized].flatMap(stage =>
            stage ? [join(stage.folder, 'adapter_model.safetensors')] : [],
          ),
        )),
      },
      seconds: Object.fromEntries(
        Object.entries({
          'evaluate base': assessments.base,
          critique: revisions,
          sft: tuned,
          'evaluate sft': assessments.sft,
          label: preferences,
          dpo: optimized,
          'evaluate dpo': assessments.dpo,
          robustness: endured,
        }).flatMap(([stage, outcome]) => (outcome ? [[stage, outcome.seconds]] : [])),
      ),
      tokens: {
        ...(summary && { critique: summary.usage.prompt_tokens + summary.usage.completion_tokens }),
        ...(tuned && { sft: tuned.result.tokens }),
        ...(optimized && { dpo: optimized.result.tokens }),
      },
    },
  };
};

/** The name under which the judge goes whose verdicts count. */
const firstJudge = ({ judges, judge_endpoint }: RecipeRun['recipe']['evaluate']): string =>
  judges[0] === 'endpoint' ? judge_endpoint!.model : judges[0]!;

/** Prompts that were criticised, with all texts that they led to as far as the run is. */
const revisedSamples = async ({
  revisions,
  again,
}: RunSoFar): Promise<NonNullable<ReportData['samples']>> => {
  if (!revisions?.result.summary) return [];
  const rows = again?.result ?? (await shownRows(revisions.result.file)).map(row => ({ row, answers: {} }));
  return rows.map(
    ({ row: { prompt, init_response, critic_response, revision_response, principle_id }, answers }) => ({
      kind: 'harmful',
      prompt,
      answers: { base: init_response, ...answers },
      critique: critic_response,
      revision: revision_response,
      principle: principle_id,
      flags: ['training row'],
    }),
  );
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
}: RecipeRun['recipe']): Settings => ({
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
