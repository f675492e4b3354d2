import { isChat, type LanguageModel, type ScoreRequest } from '@charter/core';
import OpenAI from 'openai';
import pLimit from 'p-limit';
import { parseSamplingOptions } from '../sampling/sampling-options.js';
import { endpointError } from './endpoint-error.js';
import { type EndpointModelOptions, parseEndpointOptions } from './endpoint-options.js';
import { fetchWithErrors } from './error-body.js';
import { isLlamaServer, llamaScore } from './llama-server.js';
import { chatLogprobs, continuationLogprob, continuedChat, echoedLogprobs } from './prompt-logprobs.js';
import { requestAnswer } from './request-answer.js';
import { requestBody } from './request-body.js';
import { createRetries } from './retries.js';

export type EndpointModel = LanguageModel & Required<Pick<LanguageModel, 'score'>>;

/**
 * A model behind an OpenAI-compatible endpoint: vLLM, SGLang, llama.cpp, Ollama, OpenAI and others.
 *
 * Chats go to `/chat/completions`, plain text to `/completions`. Options that a request leaves out are the server's
 * to choose, but for max_new_tokens. A seed is passed on; whether texts repeat is the server's affair.
 *
 * @throws {GenerateError} when an option is wrong
 */
export const endpointModel = (options: EndpointModelOptions): EndpointModel => {
  const settings = parseEndpointOptions(options);
  const { url, model, name, api_key, concurrency, max_retries } = settings;
  const patience = settings.timeout * 1000;
  const client = new OpenAI({
    baseURL: url,
    apiKey: api_key ?? 'none',
    // A server without keys gets no header that looks like one, nor what the environment holds for OpenAI.
    ...(!api_key && { defaultHeaders: { Authorization: null } }),
    organization: null,
    fetch: fetchWithErrors,
    project: null,
    // Ours know more: rate limits of all requests together, and answers that broke on their way.
    maxRetries: 0,
    timeout: patience,
  });
  const queue = pLimit(concurrency);
  const retries = createRetries({ max_retries });

  const request = async <T>(
    what: string,
    signal: AbortSignal | undefined,
    hint: string | undefined,
    send: (seen: (headers: Headers) => void) => Promise<T>,
    final: () => boolean = () => false,
  ): Promise<T> => {
    try {
      const sent = queue(() => {
        signal?.throwIfAborted();
        return retries.run(send, { signal, final });
      });
      return await unlessAborted(sent, signal);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw endpointError(error, settings, { what, hint });
    }
  };

  const score = async ({ prompt, continuations }: ScoreRequest): Promise<number[]> => {
    const hint = 'This server may give no log-probabilities of a prompt; use a local model to score.';
    const send = <T>(work: () => Promise<T>) => request('score', undefined, hint, work);
    const context = { client, model };
    // Asked first: a long prompt that it computes for nothing takes it as long as one that counts.
    llama ??= isLlamaServer(client);
    if (await llama) return llamaScore({ prompt, continuations }, { ...context, send });
    const [before, ...wholes] =
      typeof prompt === 'string'
        ? await send(() => echoedLogprobs([prompt, ...continuations.map(text => prompt + text)], context))
        : await Promise.all(
            [prompt, ...continuations.map(text => continuedChat(prompt, text))].map(chat =>
              send(() => chatLogprobs(chat, context)),
            ),
          );
    return request('score', undefined, undefined, async () =>
      wholes.map((whole, i) => continuationLogprob(before!, whole, continuations[i]!)),
    );
  };
  let llama: Promise<boolean> | undefined;

  return {
    name,
    concurrency,
    async generate(asked) {
      const { prompt, onToken, top_logprobs, signal } = asked;
      const body = requestBody(asked, parseSamplingOptions(asked, name), { model, url });
      const path = isChat(prompt) ? '/chat/completions' : '/completions';
      const hint =
        'continue_final_message' in body
          ? 'The last message is the assistant’s, and this server may be unable to continue it. End with a message of ' +
            'the user, or give the prompt as plain text.'
          : undefined;
      let told = false;
      const pass: typeof onToken =
        onToken &&
        ((...piece) => {
          told = true;
          onToken(...piece);
        });
      return request(
        'generate',
        signal,
        hint,
        seen => requestAnswer(client, path, body, { onToken: pass, top_logprobs, patience, signal, seen }),
        // Its beginning would be heard twice.
        () => told,
      );
    },
    async score(asked) {
      return asked.continuations.length === 0 ? [] : score(asked);
    },
  };
};

/** Rejects as soon as the signal fires, also while the client waits to try again. */
const unlessAborted = async <T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
  if (!signal) return work;
  let stop!: () => void;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  return Promise.race([work, aborted]).finally(() => signal.removeEventListener('abort', stop));
};
