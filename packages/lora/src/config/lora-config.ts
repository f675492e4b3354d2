import { z } from 'zod';
import { LoraError } from '../errors.js';

const names = z.union([z.string().min(1), z.array(z.string().min(1))]);
const layerNumber = z.number().int().nonnegative();

/** PEFT's LoRA options, with PEFT's names and defaults. */
export const loraConfigSchema = z
  .strictObject({
    peft_type: z.literal('LORA').default('LORA'),
    task_type: z
      .string()
      .nullable()
      .default(null)
      .describe('CAUSAL_LM for a language model: PEFT then wraps it as one'),
    base_model_name_or_path: z.string().nullable().default(null).describe('The model that it was trained on'),
    revision: z.string().nullable().default(null).describe('Revision of the base model'),
    inference_mode: z.boolean().default(false),
    r: z.number().int().positive().default(8).describe('Rank of the adapter'),
    lora_alpha: z.number().positive().default(8).describe('The product is scaled by lora_alpha / r'),
    lora_dropout: z
      .number()
      .min(0)
      .lt(1)
      .default(0)
      .describe('Dropout on the input of each adapter, in training'),
    use_rslora: z.boolean().default(false).describe('Scale by lora_alpha / sqrt(r) instead'),
    target_modules: names
      .nullable()
      .default(null)
      .describe('Names or suffixes of modules, a regular expression, or "all-linear"; null: by model_type'),
    exclude_modules: names
      .nullable()
      .default(null)
      .describe('Modules left out, as names or a regular expression'),
    layers_to_transform: z
      .union([layerNumber, z.array(layerNumber)])
      .nullable()
      .default(null)
      .describe('Numbers of the layers that get an adapter; null: all'),
    layers_pattern: z
      .union([z.string(), z.array(z.string())])
      .nullable()
      .default(null)
      .describe('Name of the list of layers, where it is not the first numbered one'),
    rank_pattern: z
      .record(z.string(), z.number().int().positive())
      .default({})
      .describe('Other ranks, by name or regular expression of the module'),
    alpha_pattern: z
      .record(z.string(), z.number().positive())
      .default({})
      .describe('Other alphas, by name or regular expression of the module'),
    use_dora: z
      .boolean()
      .default(false)
      .describe('DoRA: train the magnitude of each row of a weight separately from its direction'),
    modules_to_save: z
      .array(z.string().min(1))
      .nullable()
      .default(null)
      .describe(
        'Modules that are fully trained, by the ends of their names, such as lm_head, embed_tokens, norm',
      ),
    init_lora_weights: z
      .union([z.boolean(), z.enum(['gaussian', 'eva', 'orthogonal'])])
      .default(true)
      .describe(
        'How A and B start: true: A uniform, B zero; "gaussian": A normal, B zero; false: both random',
      ),
  })
  .superRefine((config, context) => {
    const fail = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message, input: config });
    const regex = typeof config.target_modules === 'string';
    if (regex && config.layers_to_transform !== null)
      fail('layers_to_transform', 'cannot be used when target_modules is a string');
    if (regex && config.layers_pattern !== null)
      fail('layers_pattern', 'cannot be used when target_modules is a string');
    if (config.layers_pattern?.length && config.layers_to_transform === null)
      fail('layers_pattern', 'needs layers_to_transform');
  });

export type LoraConfig = z.infer<typeof loraConfigSchema>;

/** Fields of PEFT that change what an adapter computes, in a way that is not supported, unless they are off. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  fan_in_fan_out: 'weights of Conv1D layers, as GPT-2 has them',
  bias: 'trained biases',
  target_parameters: 'adapters on bare parameters',
  trainable_token_indices: 'trained token embeddings',
  layer_replication: 'replicated layers',
  lora_bias: 'biases inside the adapter',
  alora_invocation_tokens: 'activated LoRA',
  use_qalora: 'QALoRA',
  use_bdlora: 'block-diagonal LoRA',
  arrow_config: 'Arrow routing',
  kasa_config: 'KaSA',
  velora_config: 'VeLoRA',
  monteclora_config: 'MonteCLoRA',
  megatron_config: 'Megatron layers',
  ensure_weight_tying: 'embeddings trained as one with lm_head',
};

/** Fields that say nothing about what a finished adapter computes. */
const HARMLESS = new Set([
  'auto_mapping',
  'corda_config',
  'ensure_weight_tying',
  'eva_config',
  'loftq_config',
  'lora_ga_config',
  'megatron_core',
  'peft_version',
  'qalora_group_size',
  'runtime_config',
]);

const isOff = (value: unknown): boolean =>
  value === null ||
  value === false ||
  value === 'none' ||
  (typeof value === 'object' && Object.keys(value as object).length === 0);

/**
 * Reads an `adapter_config.json` of PEFT.
 *
 * @param json what the file holds, parsed
 * @param where the file's name, for messages
 * @throws {LoraError} when a field is wrong, or asks for something that is not supported (all such fields are named)
 */
export const parseLoraConfig = (json: unknown, where = 'adapter_config.json'): LoraConfig => {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new LoraError('this is no adapter configuration (expected a JSON object).', where, []);
  const known = new Set(Object.keys(loraConfigSchema.shape));
  const others = Object.entries(json).filter(([name]) => !known.has(name) && !HARMLESS.has(name));
  const refused = others.filter(([, value]) => !isOff(value));
  const { ensure_weight_tying, modules_to_save } = json as Record<string, unknown>;
  if (ensure_weight_tying === true && modules_to_save)
    refused.push(['ensure_weight_tying', ensure_weight_tying]);
  if (refused.length) {
    const reasons = refused.map(([name, value]) => {
      const meaning = UNSUPPORTED[name] ?? 'unknown here';
      return `${name}: ${JSON.stringify(value)} (${meaning})`;
    });
    throw new LoraError(
      `the adapter uses what is not supported: ${reasons.join(', ')}. Merge it into its base with PEFT and use the result as a model.`,
      where,
      refused.map(([name]) => name),
    );
  }
  const fields = Object.fromEntries(Object.entries(json).filter(([name]) => known.has(name)));
  // These start A and B by the base and leave its weights alone, so that what PEFT saved fits the plain base.
  if (fields.init_lora_weights === 'mica' || fields.init_lora_weights === 'lora_ga')
    fields.init_lora_weights = true;
  const parsed = loraConfigSchema.safeParse(fields);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(issue => {
    const field = issue.path.join('.');
    return field === 'init_lora_weights'
      ? `${field}: ${JSON.stringify(fields[field])} is not supported: PEFT changes the base's weights when it loads such ` +
          "an adapter. Merge it with PEFT (merge_and_unload) and use the result as a model, or save it with PEFT's " +
          'path_initial_model_for_weight_conversion'
      : `${field}: ${issue.message}`;
  });
  throw new LoraError(
    `${problems.join('; ')}.`,
    where,
    parsed.error.issues.map(issue => issue.path.join('.')),
  );
};
