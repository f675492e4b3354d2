import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Completion, LanguageModel, TokenLogprob } from '@charter/generate';
import type { AnswerForm } from './answer-forms.js';
import type { CompletionRequest } from './completion-requests.js';
import { promptLogprobEntries } from './logprob-forms.js';
import { asRequestError, RequestError } from './request-error.js';

interface Prompted {
  prompt: CompletionRequest['prompts'][number];
  /** Its tokens, where the request asks for them. */
  told: TokenLogprob[] | undefined;
}

/** Lets a model write what was asked for, and answers in the API's form: whole, or as a stream of events. */
export const answerCompletion = async (
  model: LanguageModel,
  request: CompletionRequest,
  form: AnswerForm,
  { response, signal }: { response: ServerResponse; signal: AbortSignal },
): Promise<void> => {
  const prompts = await Promise.all(request.prompts.map(prompt => prompted(model, prompt, request)));
  const answer = {
    id: `${form.id}${randomUUID().replaceAll('-', '')}`,
    created: Math.floor(Date.now() / 1000),
    model: model.name,
  };
  const events = request.stream ? eventStream(response, { ...answer, object: form.object.event }) : undefined;
  const write = (index: number): Promise<Completion> => {
    const { prompt, told } = prompts[Math.floor(index / request.n)]!;
    return writeChoice(
      model,
      request,
      { prompt, told, signal, copy: index % request.n },
      choice => {
        events?.send([{ index, ...choice }]);
      },
      form,
    );
  };
  try {
    const indices = Array.from({ length: prompts.length * request.n }, (_, index) => index);
    const completions = await Promise.all(indices.map(write));
    const usage = usageOf(completions, request.n);
    if (events) return events.end(request.includeUsage ? usage : undefined);
    const choices = completions.map(({ text, finish_reason, logprobs }, index) => ({
      index,
      ...form.choice(text, finish_reason, logprobs),
    }));
    const [first] = prompts;
    const entries =
      !request.echo && first!.told ? { prompt_logprobs: promptLogprobEntries(first!.told) } : {};
    sendJson(response, 200, { ...answer, object: form.object.whole, choices, usage, ...entries });
  } catch (error) {
    // Before the first event an error still has a status of its own.
    if (!response.headersSent) throw error;
    response.end(`data: ${JSON.stringify(asRequestError(error))}\n\n`);
  }
};

const prompted = async (
  model: LanguageModel,
  prompt: Prompted['prompt'],
  { promptLogprobs, generate }: CompletionRequest,
): Promise<Prompted> => {
  if (!promptLogprobs) {
    if (generate.max_new_tokens === 0) {
      throw new RequestError(400, 'max_tokens: 0 needs echo with logprobs', { param: 'max_tokens' });
    }
    return { prompt, told: undefined };
  }
  if (!model.promptLogprobs) {
    throw new RequestError(400, `${model.name} gives no log-probabilities of a prompt`, {
      param: 'logprobs',
    });
  }
  return { prompt, told: await model.promptLogprobs(prompt) };
};

const writeChoice = async (
  model: LanguageModel,
  { generate, echo, stream }: CompletionRequest,
  { prompt, told, signal, copy }: Prompted & { signal: AbortSignal; copy: number },
  send: (choice: object) => void,
  form: AnswerForm,
): Promise<Completion> => {
  const asksLogprobs = generate.top_logprobs !== undefined;
  const shown = echo ? (prompt as string) : '';
  const shownTokens = echo ? (told ?? []) : [];
  let start = 0;
  let sent = 0;
  const piece = (text: string, logprobs: TokenLogprob[] | undefined) => {
    send(form.piece(text, start, logprobs));
    start += text.length;
    sent += logprobs?.length ?? 0;
  };
  let opened = false;
  const open = () => {
    if (opened || !stream) return;
    opened = true;
    if (form.opening) send(form.opening);
    if (shown) piece(shown, asksLogprobs ? shownTokens : undefined);
    sent = 0;
  };
  const completion =
    generate.max_new_tokens === 0
      ? nothing(told!)
      : await model.generate({
          ...generate,
          prompt,
          signal,
          // Copies of one request differ, and each can be had again.
          ...(generate.seed !== undefined && { seed: generate.seed + copy }),
          ...(stream && {
            onToken(text, logprobs) {
              open();
              piece(text, logprobs);
            },
          }),
        });
  open();
  // Tokens behind the last certain text: those of a stop string.
  const rest = completion.logprobs?.slice(sent) ?? [];
  if (stream && rest.length > 0) piece('', rest);
  if (stream) send(form.ending(completion.finish_reason));
  return {
    ...completion,
    text: shown + completion.text,
    logprobs: asksLogprobs ? [...shownTokens, ...(completion.logprobs ?? [])] : undefined,
  };
};

const nothing = (told: readonly TokenLogprob[]): Completion => ({
  text: '',
  finish_reason: 'length',
  logprobs: [],
  usage: { prompt_tokens: told.length, completion_tokens: 0 },
});

/** A prompt counts once, however many choices were written for it. */
const usageOf = (completions: readonly Completion[], n: number) => {
  let prompt_tokens = 0;
  let completion_tokens = 0;
  completions.forEach(({ usage }, index) => {
    if (index % n === 0) prompt_tokens += usage.prompt_tokens;
    completion_tokens += usage.completion_tokens;
  });
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
};

export const sendJson = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(body));
};

/** Server-sent events, each with what all of them say. */
const eventStream = (response: ServerResponse, about: object) => {
  const write = (data: string) => {
    if (!response.headersSent) {
      response.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache',
      });
    }
    response.write(`data: ${data}\n\n`);
  };
  return {
    send: (choices: object[]) => write(JSON.stringify({ ...about, choices })),
    end(usage: object | undefined) {
      if (usage) write(JSON.stringify({ ...about, choices: [], usage }));
      write('[DONE]');
      response.end();
    },
  };
};
