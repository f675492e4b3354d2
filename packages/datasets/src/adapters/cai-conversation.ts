import type { Message } from '@charter/core';
import { checkedMessages, describe, isMessageList, type RoleMap } from '../messages.js';
import { UnusableRowError } from '../unusable-row-error.js';
import { has, type RowAdapter } from './adapter.js';

/**
 * Rows of HuggingFaceH4/cai-conversation-harmless, and of everything written in its columns: the revision is the better
 * answer, the first response the worse one.
 */
export const caiConversation: RowAdapter = {
  columns: 'init_prompt, init_response, revision_response (chosen, rejected, messages, …)',
  matches: record => has(record, 'init_response', 'revision_response'),
  read(record, roleMap) {
    const prompt = promptOf(record, roleMap);
    return {
      kind: 'preference',
      prompt,
      chosen: [answer(record, 'revision_response')],
      rejected: [answer(record, 'init_response')],
    };
  },
};

const promptOf = (record: Readonly<Record<string, unknown>>, roleMap: RoleMap): Message[] => {
  // `chosen` holds the conversation before the answer too, with the system turn where there is one.
  if (isMessageList(record.chosen) && record.chosen.length > 1) {
    return checkedMessages(record.chosen.slice(0, -1), 'chosen', roleMap);
  }
  const value = record.init_prompt ?? record.prompt;
  if (isMessageList(value)) return checkedMessages(value, 'init_prompt', roleMap);
  if (typeof value === 'string' && value.trim() !== '') return [{ role: 'user', content: value }];
  throw new UnusableRowError(`init_prompt is ${describe(value)}`, 'Expected the user’s first message.');
};

const answer = (record: Readonly<Record<string, unknown>>, column: string): Message => {
  const content = record[column];
  if (typeof content !== 'string' || content.trim() === '') {
    throw new UnusableRowError(
      `${column} is ${describe(content)}`,
      'Drop the row (onBadRow), or write the text.',
    );
  }
  return { role: 'assistant', content };
};
