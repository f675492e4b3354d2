import { critiqueSettingsSchema } from '@charter/critique';
import { dpoOptionsSchema } from '@charter/dpo';
import { loraConfigSchema } from '@charter/lora';
import { sftOptionsSchema } from '@charter/sft';
import { z } from 'zod';
import { judgeNames } from '../judges.js';
import { budgetSchema, otherModelSchema } from './other-model.js';

/** Rows of one kind: a file, folder, pattern, hub dataset, or the name of a prompt file that ships. */
const source = z.strictObject({
  data: z.string().describe('file, folder or pattern; datasets/org/name on a hub; or a name that ships'),
  split: z.string().optional().describe('only the files of this split, such as train_sft'),
  skip: z.number().int().nonnegative().default(0).describe('rows passed over at the start'),
  limit: z.number().int().positive().optional().describe('at most so many rows'),
});

const lora = z
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

/** The recipe has one seed for all stages. */
const { seed: _sftSeed, ...sftShape } = sftOptionsSchema.shape;
const { seed: _dpoSeed, ...dpoShape } = dpoOptionsSchema.shape;

/** What `charter run` does, as a YAML file says it. Settings of a stage have the names of the package behind it. */
export const recipeSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[\w.-]+$/, 'letters, digits, dots, dashes')
      .describe('names the output folder: runs/<name>'),
    description: z.string().default(''),
    model: z.string().describe('a folder, a .gguf file, a known name, or org/name on a hub'),
    constitution: z
      .string()
      .default('charter')
      .describe('a constitution file, or the name of one that ships'),
    seed: z.number().int().nonnegative().default(0),
    critic: otherModelSchema
      .optional()
      .describe(
        'writes critiques and revisions in place of the model: a stronger one, or one behind an endpoint',
      ),
    judge: otherModelSchema
      .optional()
      .describe(
        'chooses among samples, judges revisions and labels pairs; default: the model before training',
      ),
    budget: budgetSchema
      .optional()
      .describe(
        'what critique and labels may spend, each; a stage whose budget is spent goes on with a larger one',
      ),

    revisions: z
      .union([
        source.extend({ from: z.literal('data') }),
        critiqueSettingsSchema.omit({ seed: true }).extend({
          from: z.literal('critique'),
          prompts: source,
          learn: z
            .enum(['last', 'all'])
            .default('last')
            .describe('of several revisions the last one, or all of them as in the paper'),
        }),
      ])
      .describe('what SFT learns: revisions that the model makes (critique), or that a dataset holds (data)'),
    helpful: source
      .extend({ ratio: z.number().positive().default(1).describe('helpful rows for each revision') })
      .optional()
      .describe('helpful answers that are mixed in, so that helpfulness stays'),
    sft: z
      .union([z.literal(false), z.strictObject({ ...sftShape, lora })])
      .prefault({})
      .describe('false leaves it out: DPO then trains a new adapter, with the base for reference'),
    preferences: z
      .union([
        source.extend({ from: z.literal('data') }),
        z.strictObject({
          from: z.enum(['revisions', 'samples']),
          min_margin: z.number().min(0).max(1).default(0),
          few_shot: z.number().int().nonnegative().default(2),
          format: z.enum(['transcript', 'chat']).default('transcript'),
          max_new_tokens: z.number().int().positive().default(300),
          temperature: z.number().positive().default(1),
        }),
      ])
      .describe(
        'the pairs of DPO: a dataset (data); first answer and revision (revisions), or two answers of the SFT model ' +
          '(samples, as in the paper), each labelled by the model before training',
      ),
    dpo: z
      .union([z.literal(false), z.strictObject({ ...dpoShape, lora })])
      .prefault({})
      .describe(
        'trains the SFT adapter on, with itself as it was for reference; `lora` is for `sft: false`; false leaves it out',
      ),
    evaluate: z.strictObject({
      harmful: source.optional(),
      helpful: source.optional().describe('rows with answers, for perplexity too'),
      borderline: source.optional().describe('harmless prompts that sound harmful'),
      pairs: source.optional().describe('held-out preference pairs'),
      max_new_tokens: z.number().int().positive().default(128),
      temperature: z.number().nonnegative().default(0),
      judges: z
        .array(z.enum(judgeNames))
        .min(1)
        .default(['rules'])
        .describe(
          'the first one counts, agreement with the others is reported: rules, self (the model before training), endpoint',
        ),
      judge_endpoint: z
        .strictObject({ url: z.string(), model: z.string() })
        .optional()
        .describe('an OpenAI-compatible server that judges'),
      judge_rubric: z.string().optional().describe('text file with what a model that judges is told first'),
      variants: z.boolean().default(false).describe('ask every prompt in eight ways'),
      robustness: z
        .strictObject({
          attack: source.describe('harmful prompts to attack by; not those of evaluate.harmful'),
          steps: z.number().int().positive().default(20),
          learning_rate: z.number().positive().default(2e-4),
        })
        .optional()
        .describe(
          'what remains with the adapter off, merged, in 4 bits, and after training on harmful answers',
        ),
    }),
  })
  .superRefine(({ sft, dpo, evaluate }, { addIssue }) => {
    const issue = (path: string[], message: string) => addIssue({ code: 'custom', path, message });
    const { judges, judge_endpoint, judge_rubric, variants, robustness } = evaluate;
    const { harmful, helpful, borderline } = evaluate;
    if (judges.includes('endpoint') !== (judge_endpoint !== undefined)) {
      issue(['evaluate', 'judges'], 'the judge endpoint needs judge_endpoint, and that needs the judge');
    }
    if (judge_rubric !== undefined && judges.every(name => name === 'rules')) {
      issue(['evaluate', 'judge_rubric'], 'it is for models that judge: add self or endpoint to judges');
    }
    if (new Set(judges).size < judges.length) issue(['evaluate', 'judges'], 'a judge is there twice');
    if ((variants || robustness) && !harmful && !helpful && !borderline) {
      const what = variants ? 'variants' : 'robustness';
      issue(['evaluate', what], 'there are no prompts to measure by: add harmful, helpful or borderline');
    }
    if (!sft && !dpo) issue(['dpo'], 'sft and dpo are both false, so nothing would be trained');
    if (sft && dpo && Object.keys(dpo.lora).length > 0) {
      issue(['dpo', 'lora'], 'DPO goes on with the adapter of SFT, whose shape is set by sft.lora');
    }
  });

export type Recipe = z.output<typeof recipeSchema>;
export type RecipeSource = z.input<typeof source>;

/** Settings of a stage that is not left out. */
export type SftSettings = Exclude<Recipe['sft'], false>;
export type DpoSettings = Exclude<Recipe['dpo'], false>;
