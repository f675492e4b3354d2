import { setTimeout } from 'node:timers/promises';
import type { GenerateRequest, LanguageModel, TokenLogprob } from '@charter/core';

export interface ScriptedModel extends LanguageModel {
  seen: GenerateRequest[];
  /** Most requests in flight at once. */
  most: number;
  /** Requests that were given up. */
  aborted: number;
}

const told = (token: string, id: number): TokenLogprob => ({
  token,
  id,
  logprob: -0.5,
  top: [
    { token, logprob: -0.5 },
    { token: '?', logprob: -1 },
  ],
});

/** Writes its words one after the other, `delay` milliseconds apart. */
export const scriptedModel = (
  name: string,
  words: readonly string[],
  { delay = 0, fails = undefined as Error | undefined } = {},
): ScriptedModel => {
  let inFlight = 0;
  const model: ScriptedModel = {
    name,
    concurrency: 4,
    seen: [],
    most: 0,
    aborted: 0,
    async generate(request) {
      model.seen.push(request);
      inFlight += 1;
      model.most = Math.max(model.most, inFlight);
      try {
        const written = words.slice(0, request.max_new_tokens);
        const logprobs = request.top_logprobs === undefined ? undefined : written.map(told);
        for (const [i, word] of written.entries()) {
          await setTimeout(delay, undefined, { signal: request.signal });
          if (fails && i > 0) throw fails;
          request.onToken?.(word, logprobs?.slice(i, i + 1));
        }
        return {
          text: written.join(''),
          finish_reason: written.length < words.length ? 'length' : 'stop',
          usage: { prompt_tokens: 7, completion_tokens: written.length },
          ...(logprobs && { logprobs }),
        };
      } catch (error) {
        if (!request.signal?.aborted) throw error;
        model.aborted += 1;
        throw request.signal.reason;
      } finally {
        inFlight -= 1;
      }
    },
    promptLogprobs: async prompt =>
      `${prompt}`.split(/(?= )/).map((token, i) => ({ token, id: i, logprob: i === 0 ? null : -2, top: [] })),
  };
  return model;
};
