import type { Message } from '@charter/core';
import { type GenerateRequest, isChat } from '@charter/core';
import type { SamplingOptions } from '../sampling/sampling-options.js';

/** Body of a request. Servers differ in the fields they know, so only those that were asked for are sent. */
export type RequestBody = Record<string, unknown>;

/** Fields for the end of a chat: none to open a turn of the assistant, two to go on with its last message. */
export const chatEnding = (messages: readonly Message[]): RequestBody =>
  messages.at(-1)?.role === 'assistant'
    ? // As vLLM and SGLang spell it; llama.cpp and others go on with a last assistant message anyway.
      { continue_final_message: true, add_generation_prompt: false }
    : {};

/** Each of the API's kinds of completion asks for log-probabilities in its own way. */
const wantedLogprobs = (count: number, chat: boolean): RequestBody =>
  // Some servers take 0 for none.
  chat ? { logprobs: true, top_logprobs: count } : { logprobs: Math.max(1, count) };

/** The request in the API's names. */
export const requestBody = (
  { prompt, ...request }: GenerateRequest,
  { max_new_tokens, stop }: Pick<SamplingOptions, 'max_new_tokens' | 'stop'>,
  { model, url }: { model: string; url: string },
): RequestBody => {
  const { temperature, top_p, top_k, min_p, repetition_penalty, seed, tools, chat_template_kwargs } = request;
  const chat = isChat(prompt);
  const asked = {
    temperature,
    top_p,
    top_k,
    min_p,
    repetition_penalty,
    seed,
    ...(chat && { tools, chat_template_kwargs }),
    ...(request.top_logprobs !== undefined && wantedLogprobs(request.top_logprobs, chat)),
  };
  // OpenAI's newer models refuse max_tokens, other servers may not know its successor.
  const limit = chat && new URL(url).hostname === 'api.openai.com' ? 'max_completion_tokens' : 'max_tokens';
  return {
    model,
    ...(isChat(prompt) ? { messages: prompt, ...chatEnding(prompt) } : { prompt }),
    [limit]: max_new_tokens,
    ...Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined)),
    ...(stop.length > 0 && { stop }),
  };
};
