import { isDeepStrictEqual } from 'node:util';
import type { Message } from '@charter/core';
import { extractPrompt } from '../extract-prompt.js';
import { UnusableRowError } from '../unusable-row-error.js';
import { has, type RowAdapter } from './adapter.js';
import { textOrMessages } from './text-or-messages.js';

/**
 * `{ prompt?, chosen, rejected }`. Without a prompt it is what chosen and rejected share, as in TRL. Conversations that
 * repeat the prompt (UltraFeedback) are cut behind it.
 */
export const preference: RowAdapter = {
  columns: 'chosen, rejected (prompt)',
  matches: record => has(record, 'chosen', 'rejected'),
  read(columns, roleMap) {
    const record = has(columns, 'prompt')
      ? columns
      : { ...columns, prompt: columns.question ?? columns.instruction };
    const answers = { chosen: 'assistant', rejected: 'assistant' } as const;
    if (!has(record, 'prompt')) {
      return { kind: 'preference', ...split(textOrMessages(record, answers, roleMap)) };
    }
    const given = textOrMessages(record, { prompt: 'user', ...answers }, roleMap);
    if (typeof given.prompt === 'string') return { kind: 'preference', ...(given as Record<Names, string>) };
    const { prompt, chosen, rejected } = given as Record<Names, Message[]>;
    const repeats = (answer: Message[]) =>
      answer.length > prompt.length && isDeepStrictEqual(answer.slice(0, prompt.length), prompt);
    if (repeats(chosen) && repeats(rejected)) {
      const behind = (answer: Message[]) => answer.slice(prompt.length);
      return { kind: 'preference', prompt, chosen: behind(chosen), rejected: behind(rejected) };
    }
    // A prompt column with the last question only, beside whole conversations that begin with a system turn.
    if (chosen[0]!.role !== 'assistant') return { kind: 'preference', ...split({ chosen, rejected }) };
    return { kind: 'preference', prompt, chosen, rejected };
  },
};

type Names = 'prompt' | 'chosen' | 'rejected';

const split = (
  pair: Record<'chosen' | 'rejected', string> | Record<'chosen' | 'rejected', Message[]>,
): Record<Names, string> | Record<Names, Message[]> => {
  const { chosen, rejected } = pair;
  if (chosen.length === 0 || rejected.length === 0) {
    throw new UnusableRowError(
      `${chosen.length === 0 ? 'chosen' : 'rejected'} is empty`,
      'Drop the row (onBadRow).',
    );
  }
  const parts =
    typeof chosen === 'string'
      ? extractPrompt(chosen, rejected as string)
      : extractPrompt(chosen, rejected as Message[]);
  if (parts.prompt.length === 0) {
    throw new UnusableRowError('chosen and rejected share no beginning', 'Add a prompt column.');
  }
  return parts;
};
