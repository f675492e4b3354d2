import type { z } from 'zod';
import type { StageOutcome, StageWork } from './run-stage.js';
import { critique } from './stages/critique.js';
import { dpo } from './stages/dpo.js';
import { evaluateBase, evaluateDpo, evaluateSft } from './stages/evaluate.js';
import { label } from './stages/label.js';
import { robustness } from './stages/robustness.js';
import { sample } from './stages/sample.js';
import { sft } from './stages/sft.js';

/** All stages of a recipe in the order in which they run: the paper's, with the model measured before and after. */
export const stages = [
  evaluateBase,
  critique,
  sft,
  evaluateSft,
  label,
  dpo,
  evaluateDpo,
  sample,
  robustness,
] as const;

type AnyStage = (typeof stages)[number];
export type StageId = AnyStage['id'];

type ResultOf<S extends AnyStage> =
  Extract<Awaited<ReturnType<S['prepare']>>, StageWork<unknown>> extends StageWork<infer Result>
    ? Result
    : never;

/** Results of the stages that are done. */
export type Outcomes = { readonly [S in AnyStage as S['id']]?: StageOutcome<ResultOf<S>> };

type Merged<Union> = (Union extends unknown ? (value: Union) => void : never) extends (
  value: infer All,
) => void
  ? All
  : never;

/** Keys of a recipe that belong to its stages. */
export const stageSettings: Merged<AnyStage['settings']> & z.ZodRawShape = Object.assign(
  {},
  ...stages.map(({ settings }) => settings),
);
