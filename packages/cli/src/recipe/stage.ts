import type { LoraConfig } from '@charter/lora';
import { loraConfigSchema } from '@charter/lora';
import type { ReportData } from '@charter/report';
import { z } from 'zod';
import type { RecipeBase } from './recipe-base.js';
import type { RecipeRun } from './recipe-run.js';
import type { StageOutcome, StageWork } from './run-stage.js';

/**
 * One stage of a recipe. Its id is its name in messages, its folder, and its key in the recipe; a stage is added by its
 * own file and a line in `stages.ts`.
 */
export interface Stage<Id extends string, Shape extends z.ZodRawShape, Context, Result> {
  readonly id: Id;
  /** Keys that the stage adds to a recipe, by zod. */
  readonly settings: Shape;
  /** Work to be done in the stage's folder; undefined when the recipe leaves the stage out. */
  prepare(context: Context): Promise<StageWork<Result> | undefined>;
  /** Parts of the report that the stage fills, as far as the run is. */
  report?(context: Context): Promise<StageReport>;
}

/** Run and earlier results that a stage sees: it names the settings and results that it reads. */
export interface StageContext<Settings, Results> extends RecipeRun<RecipeBase & Settings> {
  /** Results of the stages that are done. */
  readonly outcomes: { readonly [Id in keyof Results]?: StageOutcome<Results[Id]> };
  /** Folders of the stages that have begun. */
  readonly folders: { readonly [Id in keyof Results]?: string };
}

/** Sections of the report, and what is told of the stage under "How it was made". */
export interface StageReport extends Omit<ReportData, 'run'> {
  readonly tokens?: number;
  /** sha256 by file. */
  readonly hashes?: Readonly<Record<string, string>>;
}

/** Keeps the types of a stage's own context and result. */
export const defineStage = <const Id extends string, Shape extends z.ZodRawShape, Context, Result>(
  stage: Stage<Id, Shape, Context, Result>,
): Stage<Id, Shape, Context, Result> => stage;

/** LoRA settings that a recipe may give. */
export const loraSettings = z
  .strictObject(loraConfigSchema.shape)
  .pick({
    r: true,
    lora_alpha: true,
    lora_dropout: true,
    target_modules: true,
    use_rslora: true,
    rank_pattern: true,
    alpha_pattern: true,
    exclude_modules: true,
    layers_to_transform: true,
  })
  .partial()
  .default({});

/** A recipe that leaves a field out has no such key, so the adapter's own default holds. */
export const loraConfigOf = (settings: z.output<typeof loraSettings>): Partial<LoraConfig> =>
  settings as Partial<LoraConfig>;
