import { z } from 'zod';

/** Another model than the one that is trained: on this machine, or behind an endpoint. */
export const roleModelSchema = z.strictObject({
  model: z
    .string()
    .optional()
    .describe('as the recipe’s model, which is the default; or its name at the endpoint'),
  adapter: z.string().optional().describe("folder of a LoRA adapter in PEFT's format, put on this model"),
  quantize: z.enum(['4bit', '8bit']).optional(),
  endpoint: z
    .string()
    .optional()
    .describe('base URL of an OpenAI-compatible server; key from OPENAI_API_KEY'),
  concurrency: z.number().int().positive().optional(),
  timeout: z.number().positive().max(300).optional().describe('seconds for an answer of the endpoint'),
  max_retries: z.number().int().nonnegative().optional(),
});

/** What the models of a stage may spend together. */
export const budgetSchema = z.strictObject({
  tokens: z.number().int().positive().optional(),
  cost: z.number().positive().optional().describe('in the currency of prices'),
  prices: z
    .strictObject({ prompt: z.number().nonnegative(), completion: z.number().nonnegative() })
    .optional()
    .describe('of a million tokens'),
});

export type RoleModel = z.output<typeof roleModelSchema>;
export type BudgetSettings = z.output<typeof budgetSchema>;
