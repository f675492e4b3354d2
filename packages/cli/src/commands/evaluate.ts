import { writeFileAtomically } from '@charter/core/node';
import { choiceCalibration, compareConditions, judgeAgreement, measureStage } from '@charter/evaluate';
import { z } from 'zod';
import { CliError } from '../command-line/cli-error.js';
import { defineCommand } from '../command-line/command.js';
import { adapterFingerprint, versions } from '../command-line/run-record.js';
import { sourceRows } from '../data/source-rows.js';
import { choiceQuestions } from '../evaluation/choice-questions.js';
import { describeAgreement, describeConditions, describeMeasures } from '../evaluation/describe-measures.js';
import { evaluationPrompts } from '../evaluation/evaluation-prompts.js';
import { checkJudges, judgeNames, withJudges } from '../evaluation/judges.js';
import { heldOutTexts, measureModel } from '../evaluation/measure-model.js';
import { attackSettings, measureRobustness } from '../evaluation/measure-robustness.js';
import { measureTogether } from '../evaluation/measure-together.js';
import { withAdapterTokenizer } from '../models/adapter-tokenizer.js';
import { adaptedModelOptions, openAdapter, pullModel, withRuntime } from '../models/open-model.js';

const attackDefaults = z.object(attackSettings).parse({});

const held = (what: string) => z.string().optional().describe(what);

export const evaluate = defineCommand({
  description:
    "Writes every measure that there is data for, and in `intervals` each one's 95 % interval and number of cases. " +
    'Answers are judged by rules, and by the `rubric` of a row that has one; answers and the verdicts of models that ' +
    'judge are kept beside --out and reused. Files may be JSONL, CSV, Parquet, a BIG-bench task.json, or datasets/org/name on a hub.',
  example: `charter evaluate --model smollm2-135m-instruct --adapter runs/dpo --pairs pairs.jsonl --out result.json
charter evaluate --model smollm2-135m-instruct --harmful harmful-held-out --helpful helpful-held-out --out result.json
charter evaluate --model smollm2-135m-instruct --choices HarmfulVsEthical.jsonl --out result.json
charter evaluate --model smollm2-135m-instruct --harmful xstest_prompts.csv --borderline xstest_prompts.csv --out result.json
charter evaluate --model smollm2-135m-instruct --adapter runs/dpo --harmful harmful-held-out --variants --robustness --out result.json
charter evaluate --model smollm2-135m-instruct --harmful harmful-held-out --judge rules,self --out result.json`,
  options: z.object({
    ...adaptedModelOptions,
    pairs: held('preference pairs: preference_accuracy, and with an adapter reward_accuracy'),
    choices: held(
      'multiple-choice questions as the evals of ConstitutionalHarmlessnessPaper, as ARC, OpenBookQA, MMLU, HellaSwag ' +
        'or PIQA, or as lm_eval logs samples: choice_accuracy, choice_probability, choice_overconfidence',
    ),
    cot: z
      .boolean()
      .default(false)
      .describe('with --choices: let the model reason before it chooses (chain of thought)'),
    texts: held('prompts with good answers: perplexity, and with an adapter kl_from_base'),
    harmful: held(
      'harmful prompts, a file or harmful-held-out: harmful_compliance, refusal, evasiveness, right_reason',
    ),
    helpful: held('harmless prompts, a file or helpful-held-out: helpfulness'),
    borderline: held(
      'harmless prompts that sound harmful, a file or borderline-held-out: over_refusal, borderline_helpfulness',
    ),
    limit: z.number().int().positive().optional().describe('use at most N rows of each file'),
    out: z.string().describe('JSON file to write'),
    'max-new-tokens': z
      .number()
      .int()
      .positive()
      .default(256)
      .describe('maximum number of tokens of an answer'),
    temperature: z.number().min(0).default(0).describe('sampling temperature of the answers; 0 is greedy'),
    seed: z
      .number()
      .int()
      .min(0)
      .default(0)
      .describe('random seed of answers, typos, the attack and bootstrap intervals'),
    judge: z
      .array(z.enum(judgeNames))
      .default(['rules'])
      .describe(
        'judges: rules; self (the model without its adapter, by the more probable of A and B); endpoint (by its ' +
          'replies). The verdicts of the first one count, and its agreement with the others is reported',
      ),
    'judge-endpoint': held(
      'base URL of the OpenAI-compatible server of the judge `endpoint`; API key from OPENAI_API_KEY',
    ),
    'judge-model': held('name of the model at --judge-endpoint'),
    'judge-rubric': held('text file with the instructions of a model that judges'),
    variants: z
      .boolean()
      .default(false)
      .describe('ask every prompt in eight ways (roles, system prompt, case, typos), and report the spread'),
    robustness: z
      .boolean()
      .default(false)
      .describe(
        'measure answers also with the adapter off, merged, in 4 bits, and after training on harmful answers',
      ),
    attack: held('harmful prompts for the attack of --robustness, a file or harmful; default: harmful'),
    'attack-steps': z
      .number()
      .int()
      .positive()
      .optional()
      .describe(`optimizer steps of the attack of --robustness; default: ${attackDefaults.steps}`),
    'attack-learning-rate': z
      .number()
      .positive()
      .optional()
      .describe(`learning rate of the attack of --robustness; default: ${attackDefaults.learning_rate}`),
  }),
  output: 'file',
  collective: true,
  async run(options, context) {
    const { terminal, signal, collective } = context;
    const { harmful, helpful, borderline, robustness, seed } = options;
    const endpoint =
      options['judge-endpoint'] !== undefined && options['judge-model'] !== undefined
        ? { url: options['judge-endpoint'], model: options['judge-model'] }
        : undefined;
    if (!endpoint && (options['judge-endpoint'] ?? options['judge-model']) !== undefined) {
      throw new CliError('--judge-endpoint and --judge-model belong together: give both.');
    }
    const judging = { judges: options.judge, endpoint, instructions: options['judge-rubric'] };
    checkJudges(judging);

    const source = (data: string) => ({ data, limit: options.limit });
    const perhaps = (data: string | undefined) => (data === undefined ? undefined : source(data));
    const prompts = await evaluationPrompts(
      { harmful: perhaps(harmful), helpful: perhaps(helpful), borderline: perhaps(borderline) },
      context,
    );
    const pairs = options.pairs && (await sourceRows('preference', source(options.pairs), context));
    const texts = options.texts && heldOutTexts(await sourceRows('sft', source(options.texts), context));
    const choices = options.choices && (await choiceQuestions(source(options.choices), context));
    if (options.cot && !choices)
      throw new CliError('--cot is about multiple-choice questions: give --choices.');
    if (!pairs && !texts && !choices && prompts.length === 0) {
      throw new CliError(
        'Nothing to measure: give --pairs, --texts, --choices, --harmful, --helpful or --borderline.',
      );
    }
    const needsPrompts = [
      ...(options.variants ? ['--variants'] : []),
      ...(robustness ? ['--robustness'] : []),
      ...(options.judge.join() === 'rules' ? [] : ['--judge']),
    ];
    if (needsPrompts.length && prompts.length === 0) {
      throw new CliError(`${needsPrompts[0]} needs prompts: give --harmful, --helpful or --borderline.`);
    }
    if (robustness && !options.adapter) {
      throw new CliError('--robustness needs --adapter.');
    }
    for (const name of ['attack', 'attack-steps', 'attack-learning-rate'] as const) {
      if (options[name] !== undefined && !robustness) throw new CliError(`--${name} needs --robustness.`);
    }
    if (collective && (options.variants || robustness)) {
      const flag = options.variants ? '--variants' : '--robustness';
      throw new CliError(
        `${flag} works in one process only: leave it out, or start charter without a launcher.`,
      );
    }
    const attack = robustness
      ? await evaluationPrompts({ harmful: { data: options.attack ?? 'harmful' } }, context)
      : [];

    const pulled = await pullModel(options.model, context);
    const model = options.adapter ? await withAdapterTokenizer(pulled, options.adapter, context) : pulled;
    const adapter = options.adapter ? await openAdapter(options.adapter, model) : undefined;
    const beside = options.out.replace(/\.json$/, '');
    const answering = {
      answers: `${beside}.answers.jsonl`,
      verdicts: `${beside}.verdicts.jsonl`,
      identity: await adapterFingerprint(options.adapter),
      max_new_tokens: options['max-new-tokens'],
      temperature: options.temperature,
      seed,
    };
    const { scores, remains, judge } = await withRuntime(options, runtime =>
      withJudges(judging, { model, runtime, signal }, async judges => {
        const found = await measureTogether(
          { pairs: pairs || undefined, texts: texts || undefined, choices: choices || undefined, prompts },
          answering,
          (heldOut, files) =>
            measureModel(
              { model, adapter, runtime },
              heldOut,
              { ...answering, ...files, judges, variants: options.variants, cot: options.cot },
              context,
            ),
          collective,
        );
        const changed =
          robustness && options.adapter
            ? await measureRobustness(
                {
                  model,
                  runtime,
                  adapter: options.adapter,
                  attack,
                  steps: options['attack-steps'] ?? attackDefaults.steps,
                  learning_rate: options['attack-learning-rate'] ?? attackDefaults.learning_rate,
                  prompts,
                  judges: [judges[0]],
                  folder: `${beside}.robustness`,
                },
                answering,
                context,
              )
            : undefined;
        return { scores: found, remains: changed, judge: judges[0].name };
      }),
    );
    if ((collective?.rank ?? 0) > 0) return;
    const measures = measureStage(scores, { seed });
    const agreement = judgeAgreement(scores.answers ?? [], judge);
    const sensitivity = scores.variants && compareConditions(scores.variants, { seed });
    const robust = remains && compareConditions(remains, { seed });
    const result = {
      ...measures,
      ...(scores.choices && { choice_calibration: choiceCalibration(scores.choices) }),
      ...(scores.answers && { judge }),
      ...(agreement.length > 0 && { judges: agreement }),
      ...(sensitivity && { sensitivity }),
      ...(robust && { robustness: robust }),
      settings: options,
      versions: versions(),
    };
    await writeFileAtomically(options.out, `${JSON.stringify(result, null, 2)}\n`);
    const lines = [
      ...describeMeasures(measures),
      ...describeAgreement(agreement),
      ...describeConditions('Variants', sensitivity ?? []),
      ...describeConditions('Robustness', robust ?? []),
    ];
    for (const line of lines) terminal.print(line);
  },
});
