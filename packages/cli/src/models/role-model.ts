import { z } from 'zod';
import { matmulPrecision } from './open-model.js';

/** One server, or several that have the same model. */
export const endpointUrls = z.union([z.array(z.string()).min(1), z.string()]);

/** A critic or judge in place of the model that is trained: on this machine, or behind an endpoint. */
export const roleModelSchema = z.strictObject({
  model: z
    .string()
    .optional()
    .describe('a model as in the recipe’s `model`, which is the default; or its name at the endpoint'),
  adapter: z.string().optional().describe("folder of a LoRA adapter in PEFT's format"),
  quantize: z.enum(['4bit', '8bit']).optional().describe('quantize the linear layers to 4 or 8 bits'),
  matmul_precision: matmulPrecision,
  endpoint: endpointUrls
    .optional()
    .describe('base URL of an OpenAI-compatible server, or of several; API key from OPENAI_API_KEY'),
  concurrency: z.number().int().positive().optional().describe('maximum number of concurrent sequences'),
  timeout: z
    .number()
    .positive()
    .max(300)
    .optional()
    .describe('seconds to wait for an answer of the endpoint'),
  max_retries: z.number().int().nonnegative().optional().describe('retries of a request to the endpoint'),
});

/** Budget of a stage, for all its models. */
export const budgetSchema = z.strictObject({
  tokens: z.number().int().positive().optional().describe('maximum number of tokens, prompts included'),
  cost: z.number().positive().optional().describe('maximum cost, in the currency of prices'),
  prices: z
    .strictObject({ prompt: z.number().nonnegative(), completion: z.number().nonnegative() })
    .optional()
    .describe('prices per million tokens'),
});

export type RoleModel = z.output<typeof roleModelSchema>;
export type BudgetSettings = z.output<typeof budgetSchema>;
