import type { Tokenizer } from '@charter/tokenizer';
import { expect, test } from 'vitest';
import { createPromptEncoder } from './encode-prompt.js';
import { openModel } from './fixture-model.fixture.js';

const { tokenizer } = await openModel('llama');
const encoderOf = (own: Tokenizer = tokenizer, maxPositions = 256) =>
  createPromptEncoder({ tokenizer: own, maxPositions, name: 'tiny', advice: 'Shorten the prompt' });

test('a text that is far too long is refused after its beginning was tokenized', async () => {
  let characters = 0;
  const counting: Tokenizer = {
    ...tokenizer,
    encode(text, options) {
      characters += text.length;
      return tokenizer.encode(text, options);
    },
  };
  const { encode } = encoderOf(counting);
  await expect(encode('word '.repeat(1_000_000))).rejects.toMatchObject({
    field: 'prompt',
    code: 'context_length_exceeded',
    message: expect.stringMatching(
      /^generate: at least \d+ tokens are more than the 256 positions of tiny\. Shorten the prompt\.$/,
    ),
  });
  expect(characters).toBeLessThan(50_000);
});

test('others get their turn while a long text is tokenized, and its ids are those of the whole', async () => {
  const text = 'The kiwi cannot fly. '.repeat(5000);
  let turns = 0;
  const timer = setInterval(() => {
    turns += 1;
  });
  const ids = await encoderOf(tokenizer, 1e6).encode(text);
  clearInterval(timer);
  expect(ids).toEqual(tokenizer.encode(text));
  expect(turns).toBeGreaterThan(1);
});

test('tools and further variables reach the chat template', async () => {
  const chat_template = '{{ messages[0].content }}{{ tools | length if tools }}{{ mood }}';
  const own: Tokenizer = {
    ...tokenizer,
    renderChat: (messages, options) => tokenizer.renderChat(messages, { ...options, chat_template }),
  };
  const asked = { tools: [{ name: 'f' }], chat_template_kwargs: { mood: ' calm' } };
  const ids = await encoderOf(own).encode([{ role: 'user', content: 'Hi' }], 0, asked);
  expect(ids).toEqual(tokenizer.encode('Hi1 calm', { add_special_tokens: false }));
});

test('token ids are taken as they are, those outside the vocabulary refused', async () => {
  const { encode } = encoderOf();
  expect(await encode([5, 7, 9])).toEqual([5, 7, 9]);
  for (const wrong of [[tokenizer.vocabSize], [5, -1], [1.5]]) {
    await expect(encode(wrong)).rejects.toThrow(/token id .* is outside the vocabulary of tiny \(0 to \d+\)/);
  }
  await expect(encode(Array.from({ length: 257 }, () => 5))).rejects.toMatchObject({
    code: 'context_length_exceeded',
  });
});

test('a conversation that the template refuses is the prompt’s fault', async () => {
  const refusing: Tokenizer = {
    ...tokenizer,
    renderChat: (messages, options) =>
      tokenizer.renderChat(messages, { ...options, chat_template: "{{ raise_exception('no') }}" }),
  };
  await expect(encoderOf(refusing).encode([{ role: 'user', content: 'Hi' }])).rejects.toMatchObject({
    name: 'GenerateError',
    field: 'prompt',
    code: undefined,
  });
});
