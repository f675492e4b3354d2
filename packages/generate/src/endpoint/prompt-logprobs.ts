import { contentText, type Message } from '@charter/core';
import type OpenAI from 'openai';
import { z } from 'zod';
import { GenerateError } from '../generate-error.js';

import { chatEnding } from './request-body.js';

interface Scored {
  /** Each token of a text, in the server's spelling. */
  tokens: string[];
  /** Their log-probabilities in nats; the first has none. */
  logprobs: (number | null)[];
}

interface ScoreContext {
  client: OpenAI;
  model: string;
  signal?: AbortSignal | undefined;
}

const echoSchema = z.object({
  choices: z.array(
    z.object({
      index: z.number(),
      logprobs: z.object({
        tokens: z.array(z.string()),
        token_logprobs: z.array(z.number().nullable()),
      }),
    }),
  ),
});

/**
 * Texts with the log-probability of each token, by the `echo` of the older completions API (vLLM, SGLang).
 *
 * @returns one for each of `texts`
 * @throws {GenerateError} when the server does not give them; some answer with the generated token's only
 */
export const echoedLogprobs = async (
  texts: readonly string[],
  { client, model, signal }: ScoreContext,
): Promise<Scored[]> => {
  // Some servers take 0 tokens for no limit, so one is generated, and dropped.
  const body = { model, prompt: texts, echo: true, logprobs: 1, max_tokens: 1, temperature: 0 };
  const answer = echoSchema.safeParse(await client.post('/completions', { body, ...(signal && { signal }) }));
  const scored = (answer.data?.choices ?? [])
    .sort((a, b) => a.index - b.index)
    .map(({ logprobs: { tokens, token_logprobs } }) => ({
      tokens: tokens.slice(0, -1),
      logprobs: token_logprobs.slice(0, -1),
    }));
  const whole = scored.every(
    ({ tokens, logprobs }) => tokens.length > 0 && logprobs.length === tokens.length,
  );
  if (scored.length !== texts.length || !whole) {
    throw new GenerateError(
      'the answer holds no log-probabilities of the prompt. The server must know echo with logprobs, as vLLM and ' +
        'SGLang do; else use a local model to score',
    );
  }
  return scored;
};

const promptLogprobsSchema = z.object({
  prompt_logprobs: z.array(z.record(z.string(), z.object({ logprob: z.number() })).nullable()).min(1),
});

/**
 * A chat with the log-probability of each token, by vLLM's `prompt_logprobs`.
 *
 * @throws {GenerateError} when the server does not give them
 */
export const chatLogprobs = async (
  messages: readonly Message[],
  { client, model, signal }: ScoreContext,
): Promise<Scored> => {
  const body = {
    model,
    messages,
    ...chatEnding(messages),
    prompt_logprobs: 0,
    max_tokens: 1,
    temperature: 0,
  };
  const answer = promptLogprobsSchema.safeParse(
    await client.post('/chat/completions', { body, ...(signal && { signal }) }),
  );
  // With 0 alternatives each entry holds the prompt's own token and no other.
  const entries = answer.data?.prompt_logprobs.map(entry =>
    Object.entries(entry ?? { '': { logprob: null } }),
  );
  if (!entries?.every(entry => entry.length === 1)) {
    throw new GenerateError(
      'the answer holds no prompt_logprobs. The server must know them for chats, as vLLM does; else score plain ' +
        'text, or use a local model',
    );
  }
  return {
    tokens: entries.map(([entry]) => entry![0]),
    logprobs: entries.map(([entry]) => entry![1].logprob),
  };
};

/** The chat with a text behind it: at the end of the assistant's open turn, or as a new one. */
export const continuedChat = (messages: readonly Message[], continuation: string): Message[] => {
  const last = messages.at(-1);
  return last?.role === 'assistant'
    ? [...messages.slice(0, -1), { ...last, content: contentText(last.content) + continuation }]
    : [...messages, { role: 'assistant', content: continuation }];
};

/**
 * Log-probability of what a longer text has beyond its prompt.
 *
 * @throws {GenerateError} when it has nothing beyond it
 */
export const continuationLogprob = (prompt: Scored, whole: Scored, continuation: string): number => {
  const differs = whole.tokens.findIndex((token, i) => token !== prompt.tokens[i]);
  const shared = differs < 0 ? whole.tokens.length : differs;
  // Where a continuation merges with the prompt's last letters, the merged token counts as its own.
  const own = whole.logprobs.slice(Math.max(1, shared));
  if (own.length === 0 || own.includes(null)) {
    throw new GenerateError(
      `the continuation ${JSON.stringify(continuation)} adds no token with a log-probability to the prompt`,
      { field: 'continuations' },
    );
  }
  return own.reduce<number>((sum, logprob) => sum + logprob!, 0);
};
