import type { ScoreRequest } from '@charter/core';
import { commonPrefixLength } from '@charter/tokenizer';
import type OpenAI from 'openai';
import { z } from 'zod';
import { GenerateError } from '../generate-error.js';

/** Number of most likely next tokens that are requested first. After a miss, all are requested. */
const TOP_K = 64;

export interface LlamaContext {
  client: OpenAI;
  model: string;
  /** Sends one request: waits for its turn, and tries again. */
  send<T>(work: () => Promise<T>): Promise<T>;
}

/** True when llama.cpp's own server answers here. It has routes of its own beside OpenAI's. */
export const isLlamaServer = async (client: OpenAI): Promise<boolean> => {
  const answer = await client.get('/models', { timeout: 10_000 }).catch(() => undefined);
  return modelsSchema.safeParse(answer).success;
};

/**
 * Log-probability of each continuation by llama.cpp's server, which tells none of a prompt's tokens: for each token of a
 * continuation it is asked for the most likely next ones. It keeps what prompts have in common computed.
 *
 * @throws {GenerateError} when a continuation adds no token, or the server's answers are not llama.cpp's
 * @see tools/server/README.md of llama.cpp: `/tokenize`, `/apply-template`, `/completion` with `n_probs`
 */
export const llamaScore = async (
  { prompt, continuations }: ScoreRequest,
  { client, model, send }: LlamaContext,
): Promise<number[]> => {
  const root = client.baseURL.replace(/\/v1$/, '');
  const post = <T>(route: string, body: object, schema: z.ZodType<T>): Promise<T> =>
    send(async () => {
      const answer = schema.safeParse(await client.post(root + route, { body: { model, ...body } }));
      if (answer.success) return answer.data;
      throw new GenerateError(
        `${route} gave no answer of llama.cpp's server. Use a newer one, or a local model`,
      );
    });
  const plain = typeof prompt === 'string';
  const text = plain ? prompt : (await post('/apply-template', { messages: prompt }, templateSchema)).prompt;
  // A template writes its own BOS.
  const encode = async (content: string) =>
    (await post('/tokenize', { content, add_special: plain, parse_special: true }, tokensSchema)).tokens;

  // Continuations have their beginnings in common, so answers are shared.
  const asked = new Map<string, Promise<Map<number, number>>>();
  const next = (ids: readonly number[], n_probs: number): Promise<Map<number, number>> => {
    const key = JSON.stringify([n_probs, ids]);
    let answer = asked.get(key);
    if (!answer) {
      answer = post('/completion', { ...oneToken, prompt: ids, n_probs }, nextSchema).then(
        ({ completion_probabilities: [first] }) =>
          new Map(first.top_logprobs.map(({ id, logprob }) => [id, logprob])),
      );
      asked.set(key, answer);
    }
    return answer;
  };
  const logprob = async (ids: readonly number[], token: number): Promise<number> => {
    const found = (await next(ids, TOP_K)).get(token) ?? (await next(ids, ALL)).get(token);
    if (found !== undefined) return found;
    throw new GenerateError(`score: the server tells no log-probability of token ${token}.`, { model });
  };

  const promptIds = await encode(text);
  return Promise.all(
    continuations.map(async continuation => {
      const ids = await encode(text + continuation);
      // Where a continuation merges with the prompt's last letters, the merged token counts as its own.
      const from = Math.max(1, commonPrefixLength(promptIds, ids));
      if (ids.length <= from) {
        throw new GenerateError(
          `score: the continuation ${JSON.stringify(continuation)} adds no token to the prompt.`,
          { model, field: 'continuations' },
        );
      }
      const own = await Promise.all(ids.slice(from).map((id, i) => logprob(ids.slice(0, from + i), id)));
      return own.reduce((sum, value) => sum + value, 0);
    }),
  );
};

/** More than any vocabulary has; the server gives as many as there are. */
const ALL = 1_000_000;

const oneToken = {
  n_predict: 1,
  // Log-probabilities are those of the model's own distribution, whatever is sampled.
  temperature: 0,
  cache_prompt: true,
  response_fields: ['completion_probabilities'],
};

const modelsSchema = z.object({ data: z.array(z.object({ owned_by: z.literal('llamacpp') })).min(1) });
const templateSchema = z.object({ prompt: z.string() });
const tokensSchema = z.object({ tokens: z.array(z.number()) });
const nextSchema = z.object({
  completion_probabilities: z.tuple([
    z.object({ top_logprobs: z.array(z.object({ id: z.number(), logprob: z.number() })) }),
  ]),
});
