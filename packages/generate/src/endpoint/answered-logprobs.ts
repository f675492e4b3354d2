import type { TokenLogprob } from '@charter/core';
import { z } from 'zod';

/** Of the chat API: one entry for each token. */
const chatSchema = z.object({
  content: z.array(
    z.object({
      token: z.string(),
      logprob: z.number(),
      top_logprobs: z.array(z.object({ token: z.string(), logprob: z.number() })).nullish(),
    }),
  ),
});

/** Of the older completions API: one list for each kind of fact. */
const completionSchema = z.object({
  tokens: z.array(z.string()),
  token_logprobs: z.array(z.number().nullable()),
  top_logprobs: z.array(z.record(z.string(), z.number()).nullable()).nullish(),
});

/**
 * The `logprobs` of a choice, in either form of the API.
 *
 * @param count how many alternatives were asked for; some servers give more
 * @returns undefined where the server gives none
 */
export const answeredLogprobs = (logprobs: unknown, count: number): TokenLogprob[] | undefined => {
  const chat = chatSchema.safeParse(logprobs);
  if (chat.success) {
    return chat.data.content.map(({ token, logprob, top_logprobs }) => ({
      token,
      logprob,
      top: best(top_logprobs ?? [], count),
    }));
  }
  const completion = completionSchema.safeParse(logprobs);
  if (!completion.success) return undefined;
  const { tokens, token_logprobs, top_logprobs } = completion.data;
  return tokens.map((token, i) => ({
    token,
    logprob: token_logprobs[i] ?? null,
    top: best(
      Object.entries(top_logprobs?.[i] ?? {}).map(([text, logprob]) => ({ token: text, logprob })),
      count,
    ),
  }));
};

const best = (top: TokenLogprob['top'], count: number): TokenLogprob['top'] =>
  top.toSorted((a, b) => b.logprob - a.logprob).slice(0, count);
