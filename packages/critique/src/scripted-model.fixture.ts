import { setTimeout } from 'node:timers/promises';
import type { Completion, GenerateRequest, LanguageModel } from '@charter/core';
import { contentText, type Message } from '@charter/core';

/** A language model for tests: a function of the request, counted, that keeps no more than `concurrency` going. */
export interface ScriptedModel extends LanguageModel {
  requests: GenerateRequest[];
  /** Most requests that were in flight at once. */
  most: number;
}

export const scriptedModel = (
  reply: (request: GenerateRequest) => string | Partial<Completion>,
  options: { name?: string; concurrency?: number; delay?: (request: GenerateRequest) => number } = {},
): ScriptedModel => {
  const { name = 'scripted', concurrency = 4, delay = () => 0 } = options;
  let inFlight = 0;
  const model: ScriptedModel = {
    name,
    concurrency,
    requests: [],
    most: 0,
    async generate(request) {
      model.requests.push(request);
      inFlight += 1;
      model.most = Math.max(model.most, inFlight);
      try {
        await setTimeout(delay(request), undefined, { signal: request.signal });
        const answer = reply(request);
        return {
          text: '',
          finish_reason: 'stop',
          usage: { prompt_tokens: 10, completion_tokens: 5 },
          ...(typeof answer === 'string' ? { text: answer } : answer),
        };
      } finally {
        inFlight -= 1;
      }
    },
  };
  return model;
};

/** Last part of a request: the user's turn, or the end of the transcript. */
export const lastTurn = ({ prompt }: GenerateRequest): string => {
  return typeof prompt === 'string' ? prompt.slice(-600) : contentText((prompt as Message[]).at(-1)!.content);
};

/** Answers, criticises and revises sensibly, each text made from what was asked. */
export const sensibleReply = (request: GenerateRequest): string => {
  const turns =
    typeof request.prompt === 'string'
      ? [request.prompt]
      : (request.prompt as Message[]).map(({ content }) => contentText(content));
  const asked = lastTurn(request);
  const number = /case (\d+)/.exec(turns.findLast(turn => /case \d+/.test(turn)) ?? '')?.[1] ?? 'x';
  if (/Reply with the critique only/.test(asked)) {
    return `In case ${number} the neighbour would be hurt, because the words "go ahead" invite it.`;
  }
  if (/Reply with the new answer only/.test(asked)) {
    // Words that change with the seed, as a sampled text would.
    const idea = Array.from({ length: 12 }, (_, n) => `idea${(request.seed! >> n) % 97}`).join(' ');
    return `For case ${number}: I would rather not, because your neighbour might be hurt by it. Try ${idea}.`;
  }
  return `Sure, for case ${number} just go ahead and do it.`;
};
