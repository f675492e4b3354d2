import { join } from 'node:path';
import { asChat, evaluationPrompts } from '../../evaluation-prompts.js';
import { withJudges } from '../../judges.js';
import { heldOutTexts, type MeasuredModel, measureModel } from '../../measure-model.js';
import { openAdapter } from '../../open-model.js';
import { adapterIdentity } from '../../run-record.js';
import type { RecipeRun } from '../recipe-run.js';
import { sourceIdentities, sourceRows } from '../source-rows.js';
import { runStage, type StageOutcome } from '../stage-folder.js';

/** Measures the model as it is after a stage, or before all of them. */
export const assess = async (
  run: RecipeRun,
  stage: 'base' | 'sft' | 'dpo',
  trained: StageOutcome<{ adapter: string }> | undefined,
) => {
  const { recipe, model, runtime, signal } = run;
  const { harmful, helpful, borderline, pairs, max_new_tokens, temperature, variants } = recipe.evaluate;
  const { judges: names, judge_endpoint: endpoint, judge_rubric: instructions } = recipe.evaluate;
  const judging = { judges: names, endpoint, instructions };
  const rubric = instructions === undefined ? undefined : { data: instructions };
  return runStage<MeasuredModel>(run, {
    name: `evaluate-${stage}`,
    basis: {
      settings: { max_new_tokens, temperature, seed: recipe.seed, variants, judging },
      model: model.folder,
      trained: trained?.fingerprint,
      data: await sourceIdentities([harmful, helpful, borderline, pairs, rubric], run),
    },
    run: async folder => {
      const adapterFolder = trained?.result.adapter;
      const adapter = adapterFolder ? await openAdapter(adapterFolder, model) : undefined;
      const measured = {
        prompts: await evaluationPrompts({ harmful, helpful, borderline }, run),
        texts: helpful && heldOutTexts(await sourceRows('sft', helpful, run)),
        pairs: pairs && (await sourceRows('preference', pairs, run)).map(asChats),
      };
      const options = {
        answers: join(folder, 'answers.jsonl'),
        verdicts: join(folder, 'verdicts.jsonl'),
        identity: await adapterIdentity(adapterFolder),
        max_new_tokens,
        temperature,
        seed: recipe.seed,
        variants,
      };
      return withJudges(judging, { model, runtime, signal }, judges =>
        measureModel({ model, runtime, adapter }, measured, { ...options, judges }, run),
      );
    },
  });
};

const asChats = ({
  prompt,
  chosen,
  rejected,
}: Awaited<ReturnType<typeof sourceRows<'preference'>>>[number]) => ({
  prompt: asChat('user', prompt),
  chosen: asChat('assistant', chosen),
  rejected: asChat('assistant', rejected),
});
