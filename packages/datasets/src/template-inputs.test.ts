import { expect, it } from 'vitest';
import { toPrompt, toSft } from './convert.js';
import { adapt } from './read-rows.js';

const source = { file: 'rows.jsonl', row: 1 };
const read = (record: Record<string, unknown>) => adapt({ record, source });
const user = { role: 'user', content: 'q' };
const assistant = { role: 'assistant', content: 'a' };
const tools = [{ type: 'function', function: { name: 'f' } }];

it('tools, as a list or JSON text, and chat_template_kwargs stay with the row through every use', () => {
  const row = read({
    prompt: [user],
    chosen: [assistant],
    rejected: [user],
    tools: JSON.stringify(tools),
    chat_template_kwargs: { think: false },
  });
  const wanted = { tools, chat_template_kwargs: { think: false } };
  expect(row).toMatchObject(wanted);
  expect(toSft(row)).toMatchObject(wanted);
  expect(toPrompt(row)).toMatchObject(wanted);
  expect(read({ messages: [user, assistant], tools })).toMatchObject({ tools });
  expect(() => read({ messages: [user, assistant], tools: 'none' })).toThrow(
    'rows.jsonl:1: tools is not JSON',
  );
});

it("Alpaca's input stands below the instruction, and an empty one changes nothing", () => {
  expect(read({ instruction: 'Sort.', input: 'b, a', output: 'a, b' })).toMatchObject({
    prompt: 'Sort.\nb, a',
  });
  expect(read({ instruction: 'Name a fish.', input: '', output: 'Cod.' })).toMatchObject({
    prompt: 'Name a fish.',
  });
});

it('a question beside chosen and rejected is the prompt', () => {
  expect(read({ question: '3 or 5?', chosen: 'It is five.', rejected: 'It is three.' })).toMatchObject({
    prompt: '3 or 5?',
    chosen: 'It is five.',
  });
});

it('a system column is the first message, and an error beside plain text', () => {
  const system = { role: 'system', content: 'Be brief.' };
  expect(read({ messages: [user, assistant], system: 'Be brief.' })).toMatchObject({
    messages: [system, user, assistant],
  });
  expect(read({ prompt: [user], completion: [assistant], system: 'Be brief.' })).toMatchObject({
    prompt: [system, user],
  });
  expect(() => read({ prompt: 'q', completion: 'a', system: 'Be brief.' })).toThrow(
    'system column beside plain text',
  );
});
