import { type Budget, createBudget, type LanguageModel } from '@charter/generate';
import { z } from 'zod';
import { CliError } from '../command-line/cli-error.js';
import type { CommandContext } from '../command-line/command.js';
import { modelPool } from './model-pool.js';
import { adaptedModelOptions, matmulPrecision } from './open-model.js';
import { type BudgetSettings, endpointUrls, type RoleModel } from './role-model.js';
import { type TemplateOptions, templateFrom } from './template-options.js';

/** Options of every command that generates text: with a model on this machine, or behind an endpoint. */
export const languageModelOptions = {
  model: adaptedModelOptions.model
    .optional()
    .describe('a folder, a .gguf file, a known name, org/name on a hub; or its name at --endpoint'),
  adapter: adaptedModelOptions.adapter,
  endpoint: endpointUrls
    .optional()
    .describe(
      'base URL of an OpenAI-compatible server, or several: the least busy one is asked, one that is dead is left out; ' +
        'API key from OPENAI_API_KEY',
    ),
  redis: z
    .string()
    .optional()
    .describe(
      'URL of Redis, such as redis://127.0.0.1:6379: `charter work` answers there, on any number of machines',
    ),
  concurrency: z
    .number()
    .int()
    .positive()
    .optional()
    .describe(
      'maximum number of concurrent sequences; default: 16 here, 8 at each endpoint, 256 with --redis',
    ),
  timeout: z
    .number()
    .positive()
    .max(300)
    .optional()
    .describe('seconds to wait for an answer of --endpoint; default: 300'),
  'max-retries': z
    .number()
    .int()
    .nonnegative()
    .optional()
    .describe('retries of a request when --endpoint is busy or its answer breaks off; default: 5'),
  'budget-tokens': z
    .number()
    .int()
    .positive()
    .optional()
    .describe('maximum number of tokens to spend: prompts and completions of all models'),
  'budget-cost': z.number().positive().optional().describe('maximum cost, in the currency of --prices'),
  prices: z
    .object({ prompt: z.number().nonnegative(), completion: z.number().nonnegative() })
    .optional()
    .describe('prices per million tokens: prompt=0.15 completion=0.6'),
  device: adaptedModelOptions.device,
  threads: adaptedModelOptions.threads,
  quantize: z
    .enum(['4bit', '8bit'])
    .optional()
    .describe('quantize the linear layers to 4 or 8 bits: faster decoding, slightly worse'),
  'matmul-precision': matmulPrecision,
};

const schema = z.object(languageModelOptions);
export type LanguageModelOptions = z.output<typeof schema> & TemplateOptions;

/** Options of a critic or a judge beside the model that answers. */
export const roleModelOptions = <Role extends string>(role: Role, purpose: string) => {
  const options = {
    [role]: z.string().optional().describe(`model ${purpose}, as --model; or its name at --${role}-endpoint`),
    [`${role}-adapter`]: z
      .string()
      .optional()
      .describe(`LoRA adapter of the ${role}; without --${role}, on --model`),
    [`${role}-endpoint`]: z.string().optional().describe(`base URL of the ${role}'s server`),
  };
  return options as Record<Role | `${Role}-adapter` | `${Role}-endpoint`, z.ZodOptional<z.ZodString>>;
};

/** The critic or judge that the flags name; undefined when none of them was given. */
export const roleModelFrom = (
  role: string,
  options: Readonly<Record<string, unknown>>,
): RoleModel | undefined => {
  const [model, adapter, endpoint] = [role, `${role}-adapter`, `${role}-endpoint`].map(
    flag => options[flag] as string | undefined,
  );
  if (model === undefined && adapter === undefined && endpoint === undefined) return undefined;
  const base =
    endpoint === undefined && options.endpoint === undefined ? (options.model as string) : undefined;
  return { model: model ?? base, adapter, endpoint };
};

/** Runs `work` with the model that the options name, and frees it afterwards. */
export const withLanguageModel = <T>(
  options: LanguageModelOptions,
  context: CommandContext,
  work: (model: LanguageModel) => Promise<T>,
): Promise<T> => withLanguageModels(options, {}, context, ({ model }) => work(model));

/**
 * The same with further models by their roles; one budget holds for all of them. A spent budget ends the command: rows
 * that were made are kept.
 */
export const withLanguageModels = async <T, Role extends string>(
  options: LanguageModelOptions,
  others: Readonly<Record<Role, RoleModel | undefined>> | Record<string, never>,
  context: CommandContext,
  work: (models: { model: LanguageModel } & Partial<Record<Role, LanguageModel>>) => Promise<T>,
): Promise<T> => {
  const { 'budget-tokens': tokens, 'budget-cost': cost, prices } = options;
  if (prices && cost === undefined) throw new CliError('--prices belongs to --budget-cost.');
  const budget = budgetOf({ tokens, cost, prices });
  const pool = modelPool(context, options, { template: await templateFrom(options) });
  try {
    const main: RoleModel = {
      ...options,
      max_retries: options['max-retries'],
      matmul_precision: options['matmul-precision'],
    };
    const models: Record<string, LanguageModel> = {
      model: limited(budget, await pool.open(main, option => `--${option.replaceAll('_', '-')}`)),
    };
    for (const [role, other] of Object.entries<RoleModel | undefined>(others)) {
      const names = (option: string) => (option === 'model' ? `--${role}` : `--${role}-${option}`);
      if (other) models[role] = limited(budget, await pool.open(other, names));
    }
    const result = await work(models as never);
    if (budget) context.terminal.note(describeSpent(budget));
    return result;
  } finally {
    await pool.dispose();
  }
};

/** @throws {CliError} when a cost has no prices */
export const budgetOf = ({ tokens, cost, prices }: BudgetSettings): Budget | undefined => {
  if (tokens === undefined && cost === undefined) return undefined;
  if (cost !== undefined && !prices) {
    throw new CliError(
      'A budget in money needs the prices of a million tokens: --prices prompt=0.15 completion=0.6.',
    );
  }
  return createBudget({ tokens, cost, prices });
};

export const limited = (budget: Budget | undefined, model: LanguageModel): LanguageModel =>
  budget ? budget.limit(model) : model;

const describeSpent = (budget: Budget): string => {
  const { prompt_tokens, completion_tokens, cost } = budget.spent();
  return `Spent: ${prompt_tokens} prompt tokens, ${completion_tokens} completion tokens${cost ? `, cost ${cost.toFixed(4)}` : ''}.`;
};

/** Says, when the budget is spent, that the rows written until then are kept. */
export const keptOnBudget = async <T>(out: string, work: Promise<T>): Promise<T> => {
  try {
    return await work;
  } catch (error) {
    if ((error as { field?: unknown } | null)?.field !== 'budget') throw error;
    throw new CliError(
      `${(error as Error).message} The rows made until then are kept in ${out}; the same command with a larger budget resumes.`,
      { cause: error },
    );
  }
};
