import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { endOfTurnId } from './end-of-turn.js';
import { createTokenizer } from './tokenizer.js';

const folder = 'fixtures/models/llama';
const tokenizerWith = async (chatTemplate: string | undefined, eos_token = '<|im_end|>') =>
  createTokenizer({
    tokenizerJson: JSON.parse(await readFile(join(folder, 'tokenizer.json'), 'utf8')),
    tokenizerConfig: { eos_token },
    chatTemplate,
  });
const each = (answer: string) =>
  `{% for m in messages %}{{ m.role + ': ' }}{% if m.role == 'assistant' %}${answer}{% else %}{{ m.content }}{% endif %}{% endfor %}`;

it('the end of a turn is the special token that the template writes behind an answer', async () => {
  const chatml = await readFile(join(folder, 'chat_template.jinja'), 'utf8');
  expect(endOfTurnId(await tokenizerWith(chatml))).toBe(2);
  // A base model, whose EOS is another one.
  expect(endOfTurnId(await tokenizerWith(chatml, '<|endoftext|>'))).toBe(2);
  expect(endOfTurnId(await tokenizerWith(each("{{ m.content + '\\n' + eos_token }}"), '<|endoftext|>'))).toBe(
    0,
  );
});

it('there is none without a template, without a special token, or where the template refuses', async () => {
  expect(endOfTurnId(await tokenizerWith(undefined))).toBeUndefined();
  expect(endOfTurnId(await tokenizerWith(each("{{ m.content + '###' }}")))).toBeUndefined();
  expect(endOfTurnId(await tokenizerWith("{{ raise_exception('no') }}"))).toBeUndefined();
});
