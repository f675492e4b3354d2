import { cp, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadModel } from '@charter/models';
import { expect, it } from 'vitest';
import { withAdapterTokenizer } from './adapter-tokenizer.js';

const folder = fileURLToPath(new URL('../../../../fixtures/models/llama', import.meta.url));
const model = await loadModel(folder);
const messages = [{ role: 'user', content: 'Hi' }];

const beside = async (...files: readonly (readonly [name: string, text: string])[]) => {
  const adapter = await mkdtemp(join(tmpdir(), 'adapter-'));
  for (const [name, text] of files) await writeFile(join(adapter, name), text);
  return adapter;
};
const rendered = async (adapter: string, template = {}) => {
  const notes: string[] = [];
  const terminal = { note: (text: string) => notes.push(text) } as never;
  const { tokenizer } = await withAdapterTokenizer(model, adapter, { terminal }, template);
  return { text: tokenizer.renderChat(messages), notes };
};

it('a template beside an adapter is used, and said; one that the user gave wins', async () => {
  const adapter = await beside(['chat_template.jinja', '[{{ messages[0].content }}]']);
  const { text, notes } = await rendered(adapter);
  expect(text).toBe('[Hi]');
  expect(notes).toEqual([`${adapter}: its own chat template is used, not that of the model.`]);
  const own = model.tokenizer.renderChat(messages);
  expect((await rendered(adapter, { chat_template: 'mine' })).text).toBe(own);
});

it('a tokenizer beside an adapter is used with its added tokens, as far as the model has embeddings', async () => {
  const adapter = await beside();
  for (const name of ['tokenizer.json', 'tokenizer_config.json'])
    await cp(join(folder, name), join(adapter, name));
  const terminal = { note: () => {} } as never;
  await writeFile(
    join(adapter, 'tokenizer_config.json'),
    JSON.stringify({ extra_special_tokens: ['<new>'] }),
  );
  const { tokenizer } = await withAdapterTokenizer(model, adapter, { terminal });
  expect(tokenizer.encode('Hi')).toEqual(model.tokenizer.encode('Hi'));
  expect(() => tokenizer.encode('<new>')).toThrow(
    'The token "<new>" has the id 384, but the model has embeddings',
  );
});

it('without such files the model keeps its own', async () => {
  const { text, notes } = await rendered(await beside());
  expect([text, notes]).toEqual([model.tokenizer.renderChat(messages), []]);
});
