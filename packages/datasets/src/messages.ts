import { contentText, type Message, type Role } from '@charter/core';
import { UnusableRowError } from './unusable-row-error.js';

const ROLES: readonly string[] = ['system', 'user', 'assistant', 'tool'];
/** ShareGPT's names for who speaks. */
export const SHAREGPT_ROLES: RoleMap = { human: 'user', gpt: 'assistant' };

/** Names of roles in the file, and what they mean. */
export type RoleMap = Readonly<Record<string, Role>>;

/** A value that TRL takes for a conversation: a list of objects with `role` (or ShareGPT's `from`). */
export const isMessageList = (value: unknown): value is Record<string, unknown>[] => {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every(
      message => typeof message === 'object' && message !== null && ('role' in message || 'from' in message),
    )
  );
};

/**
 * Checks a list of messages: roles known, contents text. ShareGPT's `from` and `value` are read as `role` and
 * `content`, as TRL's `maybe_convert_to_chatml` does; a list of `{ type: 'text', text }` parts stays one, because templates may
 * trim each; fields that are null count as absent.
 *
 * @param column name of the column, for errors
 * @throws {UnusableRowError} for anything else
 */
export const checkedMessages = (value: unknown, column: string, roleMap: RoleMap): Message[] => {
  if (!isMessageList(value)) {
    throw new UnusableRowError(
      `${column} is ${describe(value)}`,
      'Expected a list of { role, content } with at least one entry.',
    );
  }
  return value.map((message, index) => checkedMessage(message, `${column}[${index}]`, roleMap));
};

const checkedMessage = (message: Record<string, unknown>, place: string, roleMap: RoleMap): Message => {
  const named = message.role ?? message.from;
  const role = typeof named === 'string' && Object.hasOwn(roleMap, named) ? roleMap[named] : named;
  if (typeof role !== 'string' || !ROLES.includes(role)) {
    throw new UnusableRowError(
      `${place}.role is ${JSON.stringify(named)}; expected system, user, assistant or tool`,
      `Rename it, or pass --role-map ${typeof named === 'string' ? named : 'name'}=assistant (roleMap).`,
    );
  }
  const toolCalls = message.tool_calls;
  const calls = Array.isArray(toolCalls) && toolCalls.length > 0 ? { tool_calls: toolCalls } : {};
  const content = message.content ?? message.value;
  const text = content === null || content === undefined ? undefined : checkedContent(content, place);
  if (text === undefined && !('tool_calls' in calls)) {
    throw new UnusableRowError(
      `${place}.content is missing`,
      'Write the text of the turn, or drop the turn.',
    );
  }
  // Every other field reaches the template: ids of calls, names, thinking.
  const {
    role: _role,
    from: _from,
    value: _value,
    content: _content,
    tool_calls: _calls,
    ...others
  } = message;
  return {
    role: role as Role,
    content: text ?? '',
    ...calls,
    ...Object.fromEntries(
      Object.entries(others).filter(([, field]) => field !== null && field !== undefined),
    ),
  };
};

const checkedContent = (content: unknown, place: string): Message['content'] => {
  if (contentText(content) !== undefined) return content as Message['content'];
  throw new UnusableRowError(
    `${place}.content is ${describe(content)}`,
    'Expected text, or a list of { type: "text", text } parts.',
  );
};

/** A value in a few words, for errors. */
export const describe = (value: unknown): string => {
  if (value === null || value === undefined) return 'missing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list of something else';
  if (typeof value === 'string') return value.trim() === '' ? 'empty text' : 'text';
  return typeof value === 'object' ? 'an object' : `the ${typeof value} ${String(value)}`;
};
