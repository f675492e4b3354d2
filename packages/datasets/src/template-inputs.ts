import type { Message } from '@charter/core';
import { parseExactJson } from '@charter/core';
import type { AdaptedRow } from './adapters/adapter.js';
import { UnusableRowError } from './unusable-row-error.js';

/**
 * The columns `tools` and `chat_template_kwargs`, as TRL passes them to the chat template; `tools` may be JSON text.
 *
 * @throws {UnusableRowError} for other values
 */
export const templateInputs = (
  record: Readonly<Record<string, unknown>>,
): { tools?: readonly unknown[]; chat_template_kwargs?: Readonly<Record<string, unknown>> } => {
  const tools = parsed(record.tools, 'tools');
  const variables = parsed(record.chat_template_kwargs, 'chat_template_kwargs');
  if (tools !== undefined && !Array.isArray(tools)) {
    throw new UnusableRowError('tools is no list', 'Expected a list of JSON schemas, or its JSON text.');
  }
  if (variables !== undefined && (typeof variables !== 'object' || Array.isArray(variables))) {
    throw new UnusableRowError('chat_template_kwargs is no object', 'Expected { name: value }.');
  }
  return {
    ...(tools && tools.length > 0 && { tools }),
    ...(variables && { chat_template_kwargs: variables as Record<string, unknown> }),
  };
};

const parsed = (value: unknown, column: string): unknown => {
  if (value === null || value === undefined || value === '') return undefined;
  if (typeof value !== 'string') return value;
  try {
    return parseExactJson(value);
  } catch (cause) {
    throw new UnusableRowError(`${column} is not JSON (${(cause as Error).message})`, 'Write it as JSON.');
  }
};

/**
 * The row with its `system` column as the first message.
 *
 * @throws {UnusableRowError} where the row is plain text, which has no place for it
 */
export const withSystem = (row: AdaptedRow, system: unknown): AdaptedRow => {
  if (typeof system !== 'string' || system.trim() === '') return row;
  const first = (messages: Message[]): Message[] =>
    messages[0]?.role === 'system' ? messages : [{ role: 'system', content: system }, ...messages];
  if (row.kind === 'messages') return { ...row, messages: first(row.messages) };
  if (row.kind !== 'text' && typeof row.prompt !== 'string')
    return { ...row, prompt: first(row.prompt) } as AdaptedRow;
  throw new UnusableRowError(
    'there is a system column beside plain text',
    'Write prompt and answer as messages, or rename the column.',
  );
};
