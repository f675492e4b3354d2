import { join } from 'node:path';
import type { AnswersByCondition } from '@charter/evaluate';
import { z } from 'zod';
import { adapterFingerprint } from '../../command-line/run-record.js';
import { rowSourceSchema } from '../../data/row-source.js';
import { sourceFingerprints } from '../../data/source-rows.js';
import { evaluationPrompts } from '../../evaluation/evaluation-prompts.js';
import { withJudges } from '../../evaluation/judges.js';
import { attackSettings, measureRobustness } from '../../evaluation/measure-robustness.js';
import { robustnessSection } from '../evaluation-sections.js';
import type { StageWork } from '../run-stage.js';
import { defineStage, type StageContext, type StageReport } from '../stage.js';
import type { EvaluateSettings } from './evaluate.js';

const schema = z
  .strictObject({
    attack: rowSourceSchema.describe('harmful prompts to attack by; not those of evaluate.harmful'),
    ...attackSettings,
  })
  .optional()
  .describe(
    'measures of the prompts of evaluate with the adapter off, merged, in 4 bits, and after training on harmful answers',
  );
export type RobustnessSettings = z.output<typeof schema>;

interface Trained {
  readonly adapter: string;
}

type Context = StageContext<
  { evaluate: EvaluateSettings; robustness?: RobustnessSettings },
  { sft: Trained; dpo: Trained; robustness: AnswersByCondition }
>;

/** Answers of the trained model after the model is changed. */
const prepare = async (run: Context): Promise<StageWork<AnswersByCondition> | undefined> => {
  const { recipe, model, runtime, signal, outcomes } = run;
  const trained = outcomes.dpo ?? outcomes.sft;
  if (!recipe.robustness || !trained) return undefined;
  const { attack, steps, learning_rate } = recipe.robustness;
  const { harmful, helpful, borderline, max_new_tokens, temperature } = recipe.evaluate;
  const { judges, judge_endpoint, judge_rubric } = recipe.evaluate;
  // Agreement of judges is reported of the evaluations; here the first one's verdicts are enough.
  const judging = {
    judges: judges.slice(0, 1),
    endpoint: judges[0] === 'endpoint' ? judge_endpoint : undefined,
    instructions: judges[0] === 'rules' ? undefined : judge_rubric,
  };
  const rubric = judging.instructions === undefined ? undefined : { data: judging.instructions };
  const answering = { max_new_tokens, temperature, seed: recipe.seed };
  return {
    inputs: {
      settings: { ...answering, steps, learning_rate, judging },
      model: model.folder,
      trained: trained.fingerprint,
      data: await sourceFingerprints([harmful, helpful, borderline, attack, rubric], run),
    },
    run: async folder => {
      const { adapter } = trained.result;
      const request = {
        model,
        runtime,
        adapter,
        steps,
        learning_rate,
        folder,
        attack: await evaluationPrompts({ harmful: attack }, run),
        prompts: await evaluationPrompts({ harmful, helpful, borderline }, run),
      };
      const options = {
        ...answering,
        answers: join(folder, 'answers.jsonl'),
        verdicts: join(folder, 'verdicts.jsonl'),
        identity: await adapterFingerprint(adapter),
      };
      return withJudges(judging, { model, runtime, signal }, found =>
        measureRobustness({ ...request, judges: found }, options, run),
      );
    },
  };
};

const report = async ({ recipe, outcomes }: Context): Promise<StageReport> => {
  if (!outcomes.robustness) return {};
  const after = outcomes.dpo ? 'dpo' : 'sft';
  return { robustness: robustnessSection(after, outcomes.robustness.result, recipe.seed) };
};

export const robustness = defineStage({
  id: 'robustness',
  settings: { robustness: schema },
  prepare,
  report,
});
