import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Completion, LanguageModel, Prompt, TokenLogprob } from '@charter/core';
import type { Allotment } from '../http/memory-budget.js';
import { asRequestError, RequestError } from '../http/request-error.js';
import { type EventStream, eventStream, sendJson } from '../http/send.js';
import type { AnswerForm } from './answer-forms.js';
import type { CompletionRequest } from './completion-requests.js';
import type { FairQueue } from './fair-queue.js';
import { promptLogprobEntries } from './logprob-forms.js';

export interface AnswerContext {
  model: LanguageModel;
  queue: FairQueue;
  response: ServerResponse;
  /** Memory for an answer that is sent as a whole. */
  allotment: Allotment;
  /** Ends the writing: the client has gone, or the server stops. */
  signal: AbortSignal;
}

/** A choice that is complete. */
interface Choice {
  /** Its prompt included where the request asks for that. */
  text: string;
  finish_reason: Completion['finish_reason'];
  logprobs: TokenLogprob[] | undefined;
}

interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
}

/** Bytes of a token with its log-probability, and of each token beside it, in memory. */
const BYTES_PER_LOGPROB = 200;

/** Lets a model write the choices of a request, and answers in the API's form: whole, or as a stream of events. */
export const answerCompletion = async (
  request: CompletionRequest,
  form: AnswerForm,
  { model, queue, response, allotment, signal }: AnswerContext,
): Promise<void> => {
  checkPromptLogprobs(model, request);
  const answer = {
    id: `${form.id}${randomUUID().replaceAll('-', '')}`,
    created: Math.floor(Date.now() / 1000),
    model: model.name,
  };
  const events = request.stream
    ? eventStream(response, {
        ...answer,
        object: form.object.event,
        // OpenAI says so in each event before the one that has it.
        ...(request.includeUsage && { usage: null }),
      })
    : undefined;
  const usage: Usage = { prompt_tokens: 0, completion_tokens: 0 };
  const choices: object[] = [];
  let entries: ReturnType<typeof promptLogprobEntries> | undefined;
  // A choice that fails ends the others.
  const failed = new AbortController();
  const writing = AbortSignal.any([signal, failed.signal]);
  // Each choice listens to it.
  setMaxListeners(0, writing);

  const jobs = function* () {
    for (const [p, prompt] of request.prompts.entries()) {
      let told: Promise<TokenLogprob[] | undefined> | undefined;
      for (let copy = 0; copy < request.n; copy++) {
        const index = p * request.n + copy;
        yield async () => {
          try {
            told ??= promptTokens(model, request, prompt, writing);
            const promptLogprobs = await told;
            const { choice, completion } = await writeChoice(model, request, form, {
              index,
              prompt,
              promptLogprobs,
              copy,
              signal: writing,
              events,
            });
            // A prompt counts once, however many choices were written for it.
            if (copy === 0) usage.prompt_tokens += completion.usage.prompt_tokens;
            usage.completion_tokens += completion.usage.completion_tokens;
            if (events) return;
            if (!allotment.take(sizeOf(choice, request))) {
              throw new RequestError(
                429,
                'The answer takes too much memory: ask for fewer choices or log-probabilities, or a stream',
                { code: 'server_busy' },
              );
            }
            choices[index] = { index, ...form.choice(choice.text, choice.finish_reason, choice.logprobs) };
            if (index === 0 && !request.echo && promptLogprobs)
              entries = promptLogprobEntries(promptLogprobs);
          } catch (error) {
            failed.abort(error);
            throw error;
          }
        };
      }
    }
  };
  try {
    await queue.run(jobs(), signal);
  } catch (error) {
    // Before the first event an error still has a status of its own.
    if (events && response.headersSent) events.fail(asRequestError(error));
    throw error;
  }
  const total = { ...usage, total_tokens: usage.prompt_tokens + usage.completion_tokens };
  if (events) return events.end(request.includeUsage ? total : undefined);
  sendJson(response, 200, {
    ...answer,
    object: form.object.whole,
    choices,
    usage: total,
    ...(entries && { prompt_logprobs: entries }),
  });
};

const checkPromptLogprobs = (
  model: LanguageModel,
  { promptLogprobs, echo, prompts, generate }: CompletionRequest,
): void => {
  if (!promptLogprobs && generate.max_new_tokens === 0) {
    throw new RequestError(400, 'max_tokens: 0 needs echo with logprobs', { param: 'max_tokens' });
  }
  if (model.promptLogprobs) return;
  if (promptLogprobs) {
    throw new RequestError(400, `${model.name} gives no log-probabilities of a prompt`, {
      param: 'logprobs',
    });
  }
  if (echo && prompts.some(prompt => typeof prompt !== 'string')) {
    throw new RequestError(400, `${model.name} gives no text of token ids`, { param: 'echo' });
  }
};

/** Tokens of a prompt with their log-probabilities, where the request asks for them, or for the text of token ids. */
const promptTokens = async (
  model: LanguageModel,
  { promptLogprobs, echo, generate }: CompletionRequest,
  prompt: Prompt,
  signal: AbortSignal,
): Promise<TokenLogprob[] | undefined> => {
  if (!promptLogprobs && !(echo && typeof prompt !== 'string')) return undefined;
  return model.promptLogprobs!(prompt, { top_logprobs: generate.top_logprobs, signal });
};

interface ChoiceOptions {
  index: number;
  prompt: Prompt;
  promptLogprobs: TokenLogprob[] | undefined;
  copy: number;
  signal: AbortSignal;
  events: EventStream | undefined;
}

const writeChoice = async (
  model: LanguageModel,
  { generate, echo }: CompletionRequest,
  form: AnswerForm,
  { index, prompt, promptLogprobs = [], copy, signal, events }: ChoiceOptions,
): Promise<{ choice: Choice; completion: Completion }> => {
  const asksLogprobs = generate.top_logprobs !== undefined;
  const shown = echo ? textOf(prompt, promptLogprobs) : '';
  const shownTokens = echo && asksLogprobs ? promptLogprobs : [];
  const send = (choice: object) => events?.send([{ index, ...choice }]);
  let start = 0;
  let sent = 0;
  const piece = (text: string, logprobs: TokenLogprob[] | undefined) => {
    send(form.piece(text, start, logprobs));
    start += text.length;
    sent += logprobs?.length ?? 0;
  };
  let opened = false;
  const open = () => {
    if (opened || !events) return;
    opened = true;
    if (form.opening) send(form.opening);
    if (shown) piece(shown, asksLogprobs ? shownTokens : undefined);
    sent = 0;
  };
  const completion =
    generate.max_new_tokens === 0
      ? nothing(promptLogprobs)
      : await model.generate({
          ...generate,
          prompt,
          signal,
          // Copies of one request differ, and each can be had again.
          ...(generate.seed !== undefined && { seed: generate.seed + copy }),
          ...(events && {
            onToken(text, logprobs) {
              open();
              piece(text, logprobs);
            },
          }),
        });
  open();
  // Tokens behind the last certain text: those of a stop string.
  const rest = completion.logprobs?.slice(sent) ?? [];
  if (events && rest.length > 0) piece('', rest);
  send(form.ending(completion.finish_reason));
  return {
    completion,
    choice: {
      text: shown + completion.text,
      finish_reason: completion.finish_reason,
      logprobs: asksLogprobs ? [...shownTokens, ...(completion.logprobs ?? [])] : undefined,
    },
  };
};

const nothing = (prompt: readonly TokenLogprob[]): Completion => ({
  text: '',
  finish_reason: 'length',
  logprobs: [],
  usage: { prompt_tokens: prompt.length, completion_tokens: 0 },
});

const decoder = new TextDecoder();

/** Text of a prompt that is echoed; of token ids by the bytes of their tokens. */
const textOf = (prompt: Prompt, tokens: readonly TokenLogprob[]): string =>
  typeof prompt === 'string'
    ? prompt
    : decoder.decode(Uint8Array.from(tokens.flatMap(({ bytes, token }) => bytes ?? [...Buffer.from(token)])));

const sizeOf = ({ text, logprobs }: Choice, { generate }: CompletionRequest): number =>
  2 * text.length + (logprobs?.length ?? 0) * (1 + (generate.top_logprobs ?? 0)) * BYTES_PER_LOGPROB;
