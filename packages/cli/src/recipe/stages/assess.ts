import { join } from 'node:path';
import type { StageScores } from '@charter/evaluate';
import { asChat, evaluationPrompts } from '../../evaluation-prompts.js';
import { heldOutTexts, measureModel } from '../../measure-model.js';
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
  const { recipe, model, runtime } = run;
  const { harmful, helpful, borderline, pairs, max_new_tokens, temperature } = recipe.evaluate;
  return runStage<StageScores>(run, {
    name: `evaluate-${stage}`,
    basis: {
      settings: { max_new_tokens, temperature, seed: recipe.seed },
      model: model.folder,
      trained: trained?.fingerprint,
      data: await sourceIdentities([harmful, helpful, borderline, pairs], run),
    },
    run: async folder => {
      const adapterFolder = trained?.result.adapter;
      return measureModel(
        { model, runtime, adapter: adapterFolder ? await openAdapter(adapterFolder, model) : undefined },
        {
          prompts: await evaluationPrompts({ harmful, helpful, borderline }, run),
          texts: helpful && heldOutTexts(await sourceRows('sft', helpful, run)),
          pairs: pairs && (await sourceRows('preference', pairs, run)).map(asChats),
        },
        {
          answers: join(folder, 'answers.jsonl'),
          identity: await adapterIdentity(adapterFolder),
          max_new_tokens,
          temperature,
          seed: recipe.seed,
        },
        run,
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
