import type { LoraConfig } from '@charter/lora';
import type { LoadedModel } from '@charter/models';
import { z } from 'zod';
import { CliError } from '../command-line/cli-error.js';
import { openAdapter } from '../models/open-model.js';

/** Precision of the base model while an adapter is trained on it. */
export const baseOptions = {
  quantize: z
    .enum(['4bit', '8bit'])
    .optional()
    .describe(
      'quantize the linear layers of the base model to 4 or 8 bits (QLoRA): less memory, slightly worse',
    ),
};

/** Shape of a new adapter. The defaults are the method's own, so that one that is continued is not contradicted. */
export const loraOptions = {
  rank: z.number().int().positive().optional().describe('r of a new adapter; default: 16'),
  alpha: z.number().positive().optional().describe('lora_alpha of a new adapter; default: 32'),
  dropout: z.number().min(0).lt(1).optional().describe('lora_dropout of a new adapter; default: 0'),
  target: z
    .string()
    .optional()
    .describe(
      'target_modules: all-linear, comma-separated names, or a regular expression; default: all-linear',
    ),
  rslora: z.boolean().optional().describe('use_rslora: scale by alpha / sqrt(r) in place of alpha / r'),
  dora: z
    .boolean()
    .optional()
    .describe('use_dora: train magnitude and direction of each weight row separately'),
  'exclude-modules': z
    .string()
    .optional()
    .describe(
      'exclude_modules: comma-separated names of modules without an adapter, or a regular expression',
    ),
  'layers-to-transform': z
    .string()
    .regex(/^\d+(,\d+)*$/, 'must be comma-separated numbers')
    .optional()
    .describe('layers_to_transform: comma-separated indices of the layers with an adapter; default: all'),
  'modules-to-save': z
    .string()
    .optional()
    .describe(
      'modules_to_save: comma-separated names of modules that are trained in full: lm_head, embed_tokens',
    ),
};

const schema = z.object(loraOptions);
type LoraOptions = z.output<typeof schema>;

/** The options by PEFT's names, only those that were given. */
export const loraConfig = ({
  rank,
  alpha,
  dropout,
  target,
  rslora,
  dora,
  'exclude-modules': exclude,
  'layers-to-transform': layers,
  'modules-to-save': whole,
}: LoraOptions): Partial<LoraConfig> => ({
  ...(rank !== undefined && { r: rank }),
  ...(alpha !== undefined && { lora_alpha: alpha }),
  ...(dropout !== undefined && { lora_dropout: dropout }),
  ...(target !== undefined && { target_modules: targetModules(target) }),
  ...(rslora !== undefined && { use_rslora: rslora }),
  ...(dora !== undefined && { use_dora: dora }),
  ...(exclude !== undefined && { exclude_modules: targetModules(exclude) }),
  ...(layers !== undefined && { layers_to_transform: layers.split(',').map(Number) }),
  ...(whole !== undefined && { modules_to_save: whole.split(',') }),
});

const targetModules = (target: string): string | string[] =>
  /^[\w.,-]+$/.test(target) && target !== 'all-linear' ? target.split(',') : target;

/**
 * An adapter that is continued keeps its shape: options that say otherwise are a mistake.
 * @throws {CliError} naming each option that differs from the adapter's
 */
export const checkContinued = async (
  adapter: string,
  options: LoraOptions,
  model: Pick<LoadedModel, 'config'>,
): Promise<void> => {
  const { config } = await openAdapter(adapter, model);
  const differing = [
    ['rank', options.rank, config.r],
    ['alpha', options.alpha, config.lora_alpha],
    ['dropout', options.dropout, config.lora_dropout],
    ['rslora', options.rslora, config.use_rslora],
    ['dora', options.dora, config.use_dora],
  ].filter(([, given, own]) => given !== undefined && given !== own);
  if (differing.length === 0) return;
  const list = differing.map(([name, given, own]) => `--${name} ${given} (the adapter has ${own})`);
  throw new CliError(`${adapter} is continued and keeps its shape, but you gave ${list.join(', ')}.`);
};
