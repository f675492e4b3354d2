import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createTokenizer } from '../create-tokenizer.js';
import { endTokenIds } from './end-token-ids.js';

const folder = 'fixtures/models/llama';
const tokenizerWith = async (chatTemplate: string | undefined, eos_token = '<|im_end|>') =>
  createTokenizer({
    tokenizerJson: JSON.parse(await readFile(join(folder, 'tokenizer.json'), 'utf8')),
    tokenizerConfig: { eos_token },
    chatTemplate,
  });
const each = (answer: string) =>
  `{% for m in messages %}{{ m.role + ': ' }}{% if m.role == 'assistant' %}${answer}{% else %}{{ m.content }}{% endif %}{% endfor %}`;

it('an answer ends at EOS and at the special token that the template writes behind it', async () => {
  const chatml = await readFile(join(folder, 'chat_template.jinja'), 'utf8');
  expect(endTokenIds(await tokenizerWith(chatml))).toEqual([2]);
  // A base model, whose EOS is another one.
  expect(endTokenIds(await tokenizerWith(chatml, '<|endoftext|>'))).toEqual([0, 2]);
  const newline = await tokenizerWith(each("{{ m.content + '\\n' + '<|im_start|>' }}"), '<|endoftext|>');
  expect(endTokenIds(newline)).toEqual([0, 1]);
});

it('only at EOS without a template, without a special token, or where the template refuses', async () => {
  expect(endTokenIds(await tokenizerWith(undefined))).toEqual([2]);
  expect(endTokenIds(await tokenizerWith(each("{{ m.content + '###' }}")))).toEqual([2]);
  expect(endTokenIds(await tokenizerWith("{{ raise_exception('no') }}"))).toEqual([2]);
});
