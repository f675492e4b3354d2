import type { GenerateRequest } from '@charter/core';
import { z } from 'zod';
import { GenerateError } from '../generate-error.js';

/** Options of sampling, with transformers' names and meanings. The defaults draw from the model's own distribution. */
export const samplingOptionsSchema = z.object({
  max_new_tokens: z.int().min(1).default(256).describe('most tokens to generate'),
  temperature: z.number().min(0).default(1).describe('divides the logits; 0 takes the most likely token'),
  top_p: z
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe('keeps the most likely tokens whose probabilities sum to this'),
  top_k: z.int().min(0).default(0).describe('keeps the k most likely tokens; 0 keeps all'),
  min_p: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe('drops tokens whose probability is below this fraction of the most likely one’s'),
  repetition_penalty: z
    .number()
    .positive()
    .default(1)
    .describe('above 1, tokens that occur in the prompt or text get less likely'),
  seed: z.int().optional().describe('the same seed and prompt give the same text'),
  top_logprobs: z
    .int()
    .min(0)
    .max(20)
    .optional()
    .describe('log-probability of each token, and of this many most likely tokens at its position'),
  stop: z.array(z.string().min(1)).default([]).describe('generation ends before the first of these strings'),
});

export type SamplingOptions = z.infer<typeof samplingOptionsSchema>;

/**
 * The options of a request with defaults filled in.
 * @throws {GenerateError} naming the first option that is out of range
 */
export const parseSamplingOptions = (request: GenerateRequest, model: string): SamplingOptions => {
  const parsed = samplingOptionsSchema.safeParse(request);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const field = String(issue.path[0]);
  const value = JSON.stringify(request[field as keyof GenerateRequest]);
  throw new GenerateError(`generate: ${field} is ${value}. ${issue.message}.`, { model, field });
};
