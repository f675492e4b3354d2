import { join } from 'node:path';
import { compareStages } from '@charter/evaluate';
import { z } from 'zod';
import { adapterFingerprint } from '../../command-line/run-record.js';
import { rowSourceSchema } from '../../data/row-source.js';
import { sourceFingerprints, sourceRows } from '../../data/source-rows.js';
import { asChat, evaluationPrompts } from '../../evaluation/evaluation-prompts.js';
import { judgeNames, withJudges } from '../../evaluation/judges.js';
import { heldOutTexts, type MeasuredModel, measureModel } from '../../evaluation/measure-model.js';
import { openAdapter } from '../../models/open-model.js';
import { judgesSection, sensitivitySection } from '../evaluation-sections.js';
import type { StageOutcome, StageWork } from '../run-stage.js';
import { defineStage, type StageContext, type StageReport } from '../stage.js';

const schema = z
  .strictObject({
    harmful: rowSourceSchema.optional().describe('harmful prompts'),
    helpful: rowSourceSchema
      .optional()
      .describe('harmless prompts; those with answers are used for perplexity too'),
    borderline: rowSourceSchema.optional().describe('harmless prompts that sound harmful'),
    pairs: rowSourceSchema.optional().describe('held-out preference pairs'),
    max_new_tokens: z
      .number()
      .int()
      .positive()
      .default(128)
      .describe('maximum number of tokens of an answer'),
    temperature: z
      .number()
      .nonnegative()
      .default(0)
      .describe('sampling temperature of the answers; 0 is greedy'),
    judges: z
      .array(z.enum(judgeNames))
      .min(1)
      .default(['rules'])
      .describe(
        'judges of the answers: rules, self (the model before training), endpoint; the verdicts of the first one count, ' +
          'and its agreement with the others is reported',
      ),
    judge_endpoint: z
      .strictObject({
        url: z.string().describe('base URL'),
        model: z.string().describe('name of the model there'),
      })
      .optional()
      .describe('OpenAI-compatible server of the judge `endpoint`'),
    judge_rubric: z.string().optional().describe('text file with the instructions of a model that judges'),
    variants: z.boolean().default(false).describe('ask every prompt in eight ways'),
  })
  .superRefine(({ judges, judge_endpoint, judge_rubric }, { addIssue }) => {
    const issue = (path: string[], message: string) => addIssue({ code: 'custom', path, message });
    if (judges.includes('endpoint') !== (judge_endpoint !== undefined)) {
      issue(['judges'], 'the judge endpoint needs judge_endpoint, and that needs the judge');
    }
    if (judge_rubric !== undefined && judges.every(name => name === 'rules')) {
      issue(['judge_rubric'], 'it is for models that judge: add self or endpoint to judges');
    }
    if (new Set(judges).size < judges.length) issue(['judges'], 'a judge is there twice');
  })
  .describe('measures of the model before training, after SFT and after DPO');
export type EvaluateSettings = z.output<typeof schema>;

/** Result of a stage that trained. */
interface Trained {
  readonly adapter: string;
}

type Results = {
  'evaluate-base': MeasuredModel;
  'evaluate-sft': MeasuredModel;
  'evaluate-dpo': MeasuredModel;
};
type Context = StageContext<{ evaluate: EvaluateSettings }, Results & { sft: Trained; dpo: Trained }>;

/** Measures the model with an adapter, or as it is before training. */
const prepare = async (
  run: Context,
  trained: StageOutcome<Trained> | undefined,
): Promise<StageWork<MeasuredModel>> => {
  const { recipe, model, runtime, signal } = run;
  const { harmful, helpful, borderline, pairs, max_new_tokens, temperature, variants } = recipe.evaluate;
  const { judges: names, judge_endpoint: endpoint, judge_rubric: instructions } = recipe.evaluate;
  const judging = { judges: names, endpoint, instructions };
  const rubric = instructions === undefined ? undefined : { data: instructions };
  return {
    inputs: {
      settings: { max_new_tokens, temperature, seed: recipe.seed, variants, judging },
      model: model.folder,
      trained: trained?.fingerprint,
      data: await sourceFingerprints([harmful, helpful, borderline, pairs, rubric], run),
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
        identity: await adapterFingerprint(adapterFolder),
        max_new_tokens,
        temperature,
        seed: recipe.seed,
        variants,
      };
      return withJudges(judging, { model, runtime, signal }, judges =>
        measureModel({ model, runtime, adapter }, measured, { ...options, judges }, run),
      );
    },
  };
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

/** All that was measured, compared over the stages. */
const report = async ({ recipe, outcomes }: Context): Promise<StageReport> => {
  const { seed, evaluate } = recipe;
  const measured = (['base', 'sft', 'dpo'] as const).flatMap(stage => {
    const outcome = outcomes[`evaluate-${stage}`];
    return outcome ? [{ stage, ...outcome.result }] : [];
  });
  const sensitivity = sensitivitySection(
    Object.fromEntries(measured.flatMap(({ stage, variants }) => (variants ? [[stage, variants]] : []))),
    seed,
  );
  // The name under which the judge goes whose verdicts count.
  const [first] = evaluate.judges;
  const judge = first === 'endpoint' ? evaluate.judge_endpoint!.model : first!;
  const judges = judgesSection(
    measured.flatMap(({ answers }) => answers ?? []),
    judge,
  );
  return {
    ...compareStages(measured, { seed, judge: first }),
    ...(sensitivity.length > 0 && { sensitivity }),
    ...(judges.length > 0 && { judges }),
  };
};

export const evaluateBase = defineStage({
  id: 'evaluate-base',
  settings: { evaluate: schema },
  prepare: (run: Context) => prepare(run, undefined),
  // The three are compared with each other, so the first one reports them all.
  report,
});

export const evaluateSft = defineStage({
  id: 'evaluate-sft',
  settings: {},
  prepare: async (run: Context) => run.outcomes.sft && prepare(run, run.outcomes.sft),
});

export const evaluateDpo = defineStage({
  id: 'evaluate-dpo',
  settings: {},
  prepare: async (run: Context) => run.outcomes.dpo && prepare(run, run.outcomes.dpo),
});
