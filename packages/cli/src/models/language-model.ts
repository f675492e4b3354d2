import { type Budget, createBudget, type LanguageModel } from '@charter/generate';
import { z } from 'zod';
import { CliError } from '../command-line/cli-error.js';
import type { CommandContext } from '../command-line/command.js';
import { modelPool } from './model-pool.js';
import { adaptedModelOptions } from './open-model.js';
import type { BudgetSettings, RoleModel } from './role-model.js';

/** Options of every command that lets a model write: one on this machine, or one behind an endpoint. */
export const languageModelOptions = {
  model: adaptedModelOptions.model
    .optional()
    .describe('model: a folder, a .gguf file, a known name, org/name on a hub; or its name at --endpoint'),
  adapter: adaptedModelOptions.adapter,
  endpoint: z
    .string()
    .optional()
    .describe('base URL of an OpenAI-compatible server; its key is taken from OPENAI_API_KEY'),
  concurrency: z
    .number()
    .int()
    .positive()
    .optional()
    .describe('texts that are written at the same time; default: 16 here, 8 at an endpoint'),
  timeout: z
    .number()
    .positive()
    .max(300)
    .optional()
    .describe('seconds for an answer of --endpoint; default 300'),
  'max-retries': z
    .number()
    .int()
    .nonnegative()
    .optional()
    .describe('how often --endpoint is asked again when it is busy or its answer breaks off; default 5'),
  'budget-tokens': z
    .number()
    .int()
    .positive()
    .optional()
    .describe('most tokens to spend, prompts and texts of all models together'),
  'budget-cost': z
    .number()
    .positive()
    .optional()
    .describe('most money to spend, in the currency of --prices'),
  prices: z
    .object({ prompt: z.number().nonnegative(), completion: z.number().nonnegative() })
    .optional()
    .describe('prices of a million tokens: prompt=0.15 completion=0.6'),
  device: adaptedModelOptions.device,
  threads: adaptedModelOptions.threads,
  quantize: z
    .enum(['4bit', '8bit'])
    .optional()
    .describe('holds linear layers in 4 or 8 bits: writes faster, a little worse'),
};

const schema = z.object(languageModelOptions);
export type LanguageModelOptions = z.output<typeof schema>;

/** Options of a second model beside the one that answers. */
export const roleModelOptions = <Role extends string>(role: Role, purpose: string) => {
  const options = {
    [role]: z
      .string()
      .optional()
      .describe(`another model ${purpose}, as --model; or its name at --${role}-endpoint`),
    [`${role}-adapter`]: z.string().optional().describe(`adapter for it; without --${role}, on --model`),
    [`${role}-endpoint`]: z.string().optional().describe('server that it is behind'),
  };
  return options as Record<Role | `${Role}-adapter` | `${Role}-endpoint`, z.ZodOptional<z.ZodString>>;
};

/** A second model as its flags name it; undefined where none of them was given. */
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
 * The same with further models, by their roles; what they may spend, they spend together. A budget that is spent ends
 * the command: what was made is kept.
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
  const pool = modelPool(context, options);
  try {
    const main: RoleModel = { ...options, max_retries: options['max-retries'] };
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
  return `Spent: ${prompt_tokens} tokens of prompts, ${completion_tokens} of texts${cost ? `, ${cost.toFixed(4)} in money` : ''}.`;
};

/** What rows a command has written stay when its budget is spent; says so. */
export const keptOnBudget = async <T>(out: string, work: Promise<T>): Promise<T> => {
  try {
    return await work;
  } catch (error) {
    if ((error as { field?: unknown } | null)?.field !== 'budget') throw error;
    throw new CliError(
      `${(error as Error).message} The rows made until then are kept in ${out}; the same command with a larger budget goes on from there.`,
      { cause: error },
    );
  }
};
