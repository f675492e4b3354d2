import type { Message } from '@charter/core';
import { checkedMessages, describe, isMessageList, type RoleMap } from '../messages.js';
import { UnusableRowError } from '../unusable-row-error.js';

/**
 * The columns as all chats or all plain text. Beside a chat, plain text in a prompt is a user's turn, and in an answer
 * an assistant's.
 *
 * @throws {UnusableRowError} when a column is neither
 */
export const textOrMessages = <Name extends string>(
  record: Readonly<Record<string, unknown>>,
  columns: Record<Name, 'user' | 'assistant'>,
  roleMap: RoleMap,
): Record<Name, Message[]> | Record<Name, string> => {
  const names = Object.keys(columns) as Name[];
  for (const name of names) {
    if (typeof record[name] !== 'string' && !isMessageList(record[name])) {
      throw new UnusableRowError(
        `${name} is ${describe(record[name])}`,
        'Expected text or a list of { role, content }.',
      );
    }
  }
  if (names.every(name => typeof record[name] === 'string')) {
    return Object.fromEntries(names.map(name => [name, record[name]])) as Record<Name, string>;
  }
  return Object.fromEntries(
    names.map(name => {
      const value = record[name];
      return [
        name,
        typeof value === 'string'
          ? [{ role: columns[name], content: value }]
          : checkedMessages(value, name, roleMap),
      ];
    }),
  ) as Record<Name, Message[]>;
};
