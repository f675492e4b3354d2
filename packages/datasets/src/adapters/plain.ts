import { describe } from '../messages.js';
import { UnusableRowError } from '../unusable-row-error.js';
import { has, type RowAdapter } from './adapter.js';
import { textOrMessages } from './text-or-messages.js';

const NAMES = ['prompt', 'question', 'instruction', 'query'];
const nameIn = (record: Readonly<Record<string, unknown>>) => NAMES.find(name => has(record, name));

/** A prompt: `{ prompt }`, `{ question }`, `{ instruction }` or `{ query }`. */
export const prompt: RowAdapter = {
  columns: 'prompt (or question, instruction, query)',
  matches: record => nameIn(record) !== undefined,
  read(record, roleMap) {
    const value = { prompt: record[nameIn(record) ?? 'prompt'] };
    const read = textOrMessages(value, { prompt: 'user' }, roleMap);
    if (read.prompt.length === 0)
      throw new UnusableRowError('prompt is empty', 'Write a question, or drop the row.');
    return { kind: 'prompt', prompt: read.prompt };
  },
};

/** Plain text, trained on whole: `{ text }`. */
export const text: RowAdapter = {
  columns: 'text',
  matches: record => has(record, 'text'),
  read(record) {
    if (typeof record.text !== 'string' || record.text === '') {
      throw new UnusableRowError(`text is ${describe(record.text)}`, 'Expected text.');
    }
    return { kind: 'text', text: record.text };
  },
};
