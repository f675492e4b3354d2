import type { Completion, GenerateRequest, TokenLogprob } from '@charter/core';
import { contentText, type Message } from '@charter/core';
import type OpenAI from 'openai';
import { GenerateError } from '../generate-error.js';
import { answeredLogprobs } from './answered-logprobs.js';
import { createReasoningFilter, splitReasoning } from './reasoning.js';
import type { RequestBody } from './request-body.js';

/** A part of an answer: all of it, or one event of a stream. */
interface AnswerPart {
  text: string;
  /** Thinking that the server keeps apart from the text. */
  reasoning: string;
  /** In the server's words; there once it has ended. */
  finish_reason: string | undefined;
  usage: Completion['usage'] | undefined;
  logprobs: TokenLogprob[] | undefined;
}

interface ServerMessage {
  /** Text, or parts of which those with a text count (Mistral). */
  content?: unknown;
  refusal?: string | null;
  /** Of vLLM, SGLang, llama.cpp and DeepSeek. */
  reasoning_content?: string | null;
  /** Of Ollama, OpenRouter, Groq and newer vLLM. */
  reasoning?: unknown;
}

/** Fields of both of the API's kinds of completion, whole or as an event. */
interface ServerAnswer {
  choices?: {
    text?: string | null;
    message?: ServerMessage;
    delta?: ServerMessage;
    finish_reason?: string | null;
    logprobs?: unknown;
  }[];
  usage?: { prompt_tokens?: unknown; completion_tokens?: unknown } | null;
  /** Of llama.cpp. */
  timings?: unknown;
}

const finishReasons = new Map<string, Completion['finish_reason']>([
  ['stop', 'stop'],
  ['eos', 'stop'],
  ['eos_token', 'stop'],
  ['stop_sequence', 'stop'],
  ['end_turn', 'stop'],
  ['length', 'length'],
  ['max_tokens', 'length'],
  ['content_filter', 'content_filter'],
]);

export interface AnswerOptions {
  onToken: GenerateRequest['onToken'];
  /** Number of most likely tokens that were requested at each position. */
  top_logprobs: number | undefined;
  /** Most milliseconds until the next event of a stream. */
  patience: number;
  signal: AbortSignal | undefined;
  /** Called with the headers of the answer. */
  seen: (headers: Headers) => void;
}

/**
 * Sends a request and reads its answer, as a stream where someone listens.
 *
 * @throws {GenerateError} when the answer has no text or no end
 */
export const requestAnswer = async (
  client: OpenAI,
  path: '/chat/completions' | '/completions',
  body: RequestBody,
  options: AnswerOptions,
): Promise<Completion> => {
  const chat = path === '/chat/completions';
  const listened = createReasoningFilter();
  let content = '';
  let thought = '';
  let finish: string | undefined;
  let usage: Completion['usage'] = { prompt_tokens: 0, completion_tokens: 0 };
  let logprobs: TokenLogprob[] | undefined;
  let untold: TokenLogprob[] | undefined;
  const tell = (piece: string) => {
    if (!piece) return;
    options.onToken?.(piece, untold);
    untold = undefined;
  };
  for await (const part of parts(client, path, body, options)) {
    content += part.text;
    thought += part.reasoning;
    if (part.logprobs) {
      logprobs = [...(logprobs ?? []), ...part.logprobs];
      untold = [...(untold ?? []), ...part.logprobs];
    }
    tell(chat ? listened.push(part.text) : part.text);
    finish = part.finish_reason ?? finish;
    usage = part.usage ?? usage;
  }
  if (chat) tell(listened.end());
  if (finish === undefined) throw new GenerateError('the answer broke off: it has no finish_reason');
  const finish_reason = finishReasons.get(finish);
  if (!finish_reason) {
    const known = [...finishReasons.keys()].join(', ');
    throw new GenerateError(`the answer's finish_reason is ${JSON.stringify(finish)}; expected ${known}`);
  }
  const split = chat ? splitReasoning(content) : { text: content, reasoning: '' };
  const reasoning = [thought.trim(), split.reasoning].filter(part => part !== '').join('\n\n');
  const { text } = split;
  if (text === '' && reasoning !== '') {
    throw new GenerateError(
      `the answer is reasoning alone, ${usage.completion_tokens} tokens of it (finish_reason ${finish}). Ask for more ` +
        'tokens (max_new_tokens), or turn the thinking off at the server',
      // The same request would end the same way.
      { field: 'max_new_tokens', code: 'reasoning_alone' },
    );
  }
  return {
    text,
    ...(reasoning !== '' && { reasoning }),
    ...(logprobs && { logprobs: behind(content.length - text.length, logprobs) }),
    finish_reason,
    usage,
  };
};

/** Log-probabilities of the tokens behind the first characters, which were thinking. */
const behind = (characters: number, logprobs: readonly TokenLogprob[]): TokenLogprob[] => {
  let first = 0;
  for (let seen = 0; first < logprobs.length && seen < characters; first++)
    seen += logprobs[first]!.token.length;
  return logprobs.slice(first);
};

async function* parts(
  client: OpenAI,
  path: string,
  body: RequestBody,
  { onToken, top_logprobs, patience, signal, seen }: AnswerOptions,
): AsyncGenerator<AnswerPart> {
  if (!onToken) {
    const { data, response } = await client
      .post<ServerAnswer>(path, { body, ...(signal && { signal }) })
      .withResponse();
    seen(response.headers);
    const part = partOf(data, top_logprobs);
    yield { ...part, text: withoutOpening(part.text, data, body) };
    return;
  }
  const silence = new AbortController();
  // The client's own timeout ends with the answer's first line.
  const { data: stream, response } = await client
    .post(path, {
      body: { ...body, stream: true, stream_options: { include_usage: true } },
      stream: true,
      signal: signal ? AbortSignal.any([signal, silence.signal]) : silence.signal,
    })
    .withResponse();
  seen(response.headers);
  const wait = () => setTimeout(() => silence.abort(), patience);
  let timer = wait();
  try {
    for await (const event of stream as AsyncIterable<unknown> as AsyncIterable<ServerAnswer>) {
      clearTimeout(timer);
      // The last event may carry the usage alone.
      yield partOf(event, top_logprobs);
      timer = wait();
    }
  } finally {
    clearTimeout(timer);
  }
  if (silence.signal.aborted) throw new GenerateError(`no further text came for ${patience / 1000} s`);
}

/** llama.cpp puts the beginning that it was given before what it goes on with; others, and its own streams, do not. */
const withoutOpening = (text: string, { timings }: ServerAnswer, { messages }: RequestBody): string => {
  const last = (messages as Message[] | undefined)?.at(-1);
  const opening = last?.role === 'assistant' && timings !== undefined ? contentText(last.content) : '';
  return text.startsWith(opening) ? text.slice(opening.length) : text;
};

/** Number of tokens; 0 where a server sends anything else. */
const count = (tokens: unknown): number =>
  typeof tokens === 'number' && Number.isFinite(tokens) && tokens > 0 ? Math.round(tokens) : 0;

interface ContentPart {
  type?: unknown;
  text?: unknown;
  thinking?: unknown;
}

/** Text of a message, also where it comes in parts; undefined where there is none. */
const textOf = (content: unknown): string | undefined => {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return undefined;
  return (content as ContentPart[])
    .map(part => (typeof part?.text === 'string' && part.type !== 'reasoning' ? part.text : ''))
    .join('');
};

/** Thinking of a message: in a field of its own, or in parts of the content (Mistral). */
const reasoningOf = (message: ServerMessage | undefined): string => {
  if (!message) return '';
  const { content, reasoning_content, reasoning } = message;
  const inParts = Array.isArray(content)
    ? (content as ContentPart[]).map(
        part => textOf(part?.thinking) ?? (part?.type === 'reasoning' ? textOf(part.text) : undefined) ?? '',
      )
    : [];
  return [textOf(reasoning_content ?? reasoning) ?? '', ...inParts].join('');
};

const partOf = (answer: ServerAnswer, topLogprobs: number | undefined): AnswerPart => {
  // Proxies answer with pages, and some servers with an error under status 200.
  if (!Array.isArray(answer?.choices)) {
    throw new GenerateError(`the answer is no completion: ${JSON.stringify(answer)}`);
  }
  const { choices, usage } = answer;
  const choice = choices[0];
  const said = choice?.message ?? choice?.delta;
  return {
    text: choice?.text ?? textOf(said?.content) ?? said?.refusal ?? '',
    reasoning: reasoningOf(said),
    finish_reason: choice?.finish_reason ?? undefined,
    usage: usage
      ? { prompt_tokens: count(usage.prompt_tokens), completion_tokens: count(usage.completion_tokens) }
      : undefined,
    logprobs:
      topLogprobs === undefined || !choice?.logprobs
        ? undefined
        : answeredLogprobs(choice.logprobs, topLogprobs),
  };
};
