import { has, type RowAdapter } from './adapter.js';
import { textOrMessages } from './text-or-messages.js';

const PROMPTS = ['prompt', 'question', 'instruction'];
const COMPLETIONS = ['completion', 'response', 'answer', 'output'];
const firstFilled = (record: Readonly<Record<string, unknown>>, names: string[]) =>
  names.find(name => has(record, name));

/** `{ prompt, completion }`, chats or plain text; common other names of the two are known. */
export const promptCompletion: RowAdapter = {
  columns: 'prompt, completion (or question, answer; instruction, output)',
  matches: record =>
    firstFilled(record, PROMPTS) !== undefined && firstFilled(record, COMPLETIONS) !== undefined,
  read(record, roleMap) {
    const columns = {
      prompt: withInput(record, firstFilled(record, PROMPTS) ?? 'prompt'),
      completion: record[firstFilled(record, COMPLETIONS) ?? 'completion'],
    };
    return {
      kind: 'prompt-completion',
      ...textOrMessages(columns, { prompt: 'user', completion: 'assistant' }, roleMap),
    };
  },
};

/** The prompt with Alpaca's `input` on a line of its own below the instruction. */
const withInput = (record: Readonly<Record<string, unknown>>, column: string): unknown => {
  const { [column]: prompt, input } = record;
  if (column !== 'instruction' || typeof prompt !== 'string' || typeof input !== 'string' || input === '')
    return prompt;
  return `${prompt}\n${input}`;
};
