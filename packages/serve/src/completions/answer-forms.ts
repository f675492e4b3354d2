import type { Completion, TokenLogprob } from '@charter/core';
import { chatLogprobs, textLogprobs } from './logprob-forms.js';

type FinishReason = Completion['finish_reason'] | null;

/** Format of one of the API's two kinds of completion. */
export interface AnswerForm {
  /** Prefix of the ids of answers. */
  readonly id: string;
  /** `object` of a whole answer, and of an event. */
  readonly object: { whole: string; event: string };
  /** A choice as it stands in a whole answer. */
  choice(text: string, finish_reason: FinishReason, logprobs: TokenLogprob[] | undefined): object;
  /** First event of a choice in a stream, before its text. */
  readonly opening: object | undefined;
  /** A piece of a choice; `start` is the length of the text before it. */
  piece(text: string, start: number, logprobs: TokenLogprob[] | undefined): object;
  ending(finish_reason: FinishReason): object;
}

export const chatForm: AnswerForm = {
  id: 'chatcmpl-',
  object: { whole: 'chat.completion', event: 'chat.completion.chunk' },
  choice: (content, finish_reason, logprobs) => ({
    message: { role: 'assistant', content, refusal: null },
    logprobs: logprobs ? chatLogprobs(logprobs) : null,
    finish_reason,
  }),
  opening: { delta: { role: 'assistant', content: '' }, logprobs: null, finish_reason: null },
  piece: (content, _, logprobs) => ({
    delta: { content },
    logprobs: logprobs ? chatLogprobs(logprobs) : null,
    finish_reason: null,
  }),
  ending: finish_reason => ({ delta: {}, logprobs: null, finish_reason }),
};

export const textForm: AnswerForm = {
  id: 'cmpl-',
  object: { whole: 'text_completion', event: 'text_completion' },
  choice: (text, finish_reason, logprobs) => ({
    text,
    logprobs: logprobs ? textLogprobs(logprobs, 0) : null,
    finish_reason,
  }),
  opening: undefined,
  piece: (text, start, logprobs) => ({
    text,
    logprobs: logprobs ? textLogprobs(logprobs, start) : null,
    finish_reason: null,
  }),
  ending: finish_reason => ({ text: '', logprobs: null, finish_reason }),
};
