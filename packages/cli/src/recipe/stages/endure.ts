import { join } from 'node:path';
import type { AnswersByCondition } from '@charter/evaluate';
import { evaluationPrompts } from '../../evaluation-prompts.js';
import { withJudges } from '../../judges.js';
import { measureRobustness } from '../../measure-robustness.js';
import { adapterIdentity } from '../../run-record.js';
import type { Recipe } from '../recipe.js';
import type { RecipeRun } from '../recipe-run.js';
import { sourceIdentities } from '../source-rows.js';
import { runStage, type StageOutcome } from '../stage-folder.js';

/** What remains of training when the model is changed afterwards. */
export const endure = async (
  run: RecipeRun,
  { attack, steps, learning_rate }: NonNullable<Recipe['evaluate']['robustness']>,
  trained: StageOutcome<{ adapter: string }>,
) => {
  const { recipe, model, runtime, signal } = run;
  const { harmful, helpful, borderline, max_new_tokens, temperature } = recipe.evaluate;
  const { judges, judge_endpoint, judge_rubric } = recipe.evaluate;
  // Agreement of judges is told of the stages; here the first one's verdicts are enough.
  const judging = {
    judges: judges.slice(0, 1),
    endpoint: judges[0] === 'endpoint' ? judge_endpoint : undefined,
    instructions: judges[0] === 'rules' ? undefined : judge_rubric,
  };
  const rubric = judging.instructions === undefined ? undefined : { data: judging.instructions };
  const answering = { max_new_tokens, temperature, seed: recipe.seed };
  return runStage<AnswersByCondition>(run, {
    name: 'robustness',
    basis: {
      settings: { ...answering, steps, learning_rate, judging },
      model: model.folder,
      trained: trained.fingerprint,
      data: await sourceIdentities([harmful, helpful, borderline, attack, rubric], run),
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
        identity: await adapterIdentity(adapter),
      };
      return withJudges(judging, { model, runtime, signal }, found =>
        measureRobustness({ ...request, judges: found }, options, run),
      );
    },
  });
};
