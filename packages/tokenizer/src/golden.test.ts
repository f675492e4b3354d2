import { readFileSync } from 'node:fs';
import type { ChatMessage } from '@charter/core';
import { describe, expect, it } from 'vitest';

import { createTokenizer } from './create-tokenizer.js';
import type { ChatOptions, PromptPart } from './tokenizer.js';

// What transformers 5.23 and TRL 1.16 made of the same inputs; see golden/make_chat.py.
const read = (name: string) => readFileSync(new URL(`golden/${name}`, import.meta.url), 'utf8');
const golden = JSON.parse(read('chat.json'));
const bytes = JSON.parse(read('tokenizer.json'));
const config = golden.texts.bytes.config;
const now = new Date(2025, 2, 4, 15, 6, 7);

describe('text to ids and back, as in transformers', () => {
  const files: Record<string, object> = {
    bytes,
    'bytes, NFC': { ...bytes, normalizer: { type: 'NFC' } },
    'bytes, BOS in the config only': bytes,
    'spaced, BOS': JSON.parse(read('tokenizer-spaced.json')),
  };
  for (const [name, { config, rows }] of Object.entries<{ config: object; rows: TextCase[] }>(golden.texts)) {
    const tokenizer = createTokenizer({ tokenizerJson: files[name]!, tokenizerConfig: config });
    it.each(rows)(`${name}: $text`, row => {
      expect(tokenizer.encode(row.text)).toEqual(row.ids);
      expect(tokenizer.decode(row.ids)).toBe(row.decoded);
      expect(tokenizer.decode(row.ids, { skip_special_tokens: true })).toBe(row.skipped);
      const stream = tokenizer.decodeStream();
      expect(row.ids.map(id => stream.push(id)).join('') + stream.end()).toBe(row.decoded);
    });
    it.each(rows)(`${name}: offsets of $text`, row => {
      const { ids, offsets } = tokenizer.encodeWithOffsets(row.text);
      expect(ids).toEqual(row.ids);
      // Of a composed character the Rust library gives the first it came from; here it has all.
      if (name.includes('NFC')) {
        expect(offsets.map(({ start }) => start)).toEqual(row.offsets.map(([start]) => start));
        return;
      }
      // Which of two first spaces the tokenizer put in cannot be told from the tokens; it takes part in no word.
      const words = name.startsWith('spaced') ? (text: string) => text.trimStart() : (text: string) => text;
      expect(offsets.map(({ start, end }) => words(row.text.slice(start, end)))).toEqual(
        row.offsets.map(([start, end]) => words(row.text.slice(start, end))),
      );
    });
  }
});

describe('chat templates, as transformers renders them', () => {
  for (const chat of golden.chats as ChatCase[]) {
    const tokenizer = createTokenizer({
      tokenizerJson: bytes,
      tokenizerConfig: config,
      chatTemplate: read(`templates/${chat.template}.jinja`),
    });
    it(`${chat.template}: ${chat.conversation}, ${JSON.stringify(Object.keys(chat.options))}`, () => {
      const messages = golden.conversations[chat.conversation];
      const options = { ...chat.options, now };
      if (chat.error !== undefined) {
        expect(() => tokenizer.renderChat(messages, options)).toThrow('The chat template');
        return;
      }
      expect(tokenizer.renderChat(messages, options)).toBe(chat.text);
      const out = tokenizer.applyChatTemplate(messages, {
        ...options,
        return_assistant_tokens_mask: chat.mask !== undefined,
      });
      expect(out.ids).toEqual(chat.ids);
      expect(out.assistantMask).toEqual(chat.mask);
    });
  }
});

describe('rows for training, as TRL prepares them', () => {
  const tokenizerFor = (template: string | undefined) =>
    createTokenizer({
      tokenizerJson: bytes,
      tokenizerConfig: config,
      chatTemplate: template && read(`templates/${template}.jinja`),
    });

  it.each(golden.trl.text as { row: { text: string }; input_ids: number[] }[])('text: $row.text', row => {
    expect(tokenizerFor(undefined).tokenizeText(row.row.text)).toEqual(row.input_ids);
  });

  it.each(golden.trl.completion as CompletionCase[])(
    '$template prompt and completion: $row',
    ({ template, row, input_ids, labels }) => {
      const tokens = tokenizerFor(template).tokenizePromptCompletion(row.prompt, row.completion);
      expect(tokens.ids).toEqual(input_ids);
      expect(tokens.promptLength).toBe(labels.findIndex(label => label !== -100));
    },
  );

  it.each(golden.trl.preference as PreferenceCase[])(
    '$template preference: $row',
    ({ template, row, ...ids }) => {
      const tokens = tokenizerFor(template).tokenizePreference(row.prompt, row.chosen, row.rejected);
      expect(tokens.promptIds).toEqual(ids.prompt_ids);
      expect(tokens.chosenIds).toEqual(ids.chosen_ids);
      expect(tokens.rejectedIds).toEqual(ids.rejected_ids);
    },
  );
});

interface TextCase {
  text: string;
  ids: number[];
  offsets: [number, number][];
  decoded: string;
  skipped: string;
}
interface ChatCase {
  template: string;
  conversation: string;
  options: ChatOptions;
  text?: string;
  ids?: number[];
  mask?: number[];
  error?: string;
}
interface CompletionCase {
  template?: string;
  row: { prompt: PromptPart; completion: PromptPart };
  input_ids: number[];
  labels: number[];
}
interface PreferenceCase {
  template?: string;
  row: { prompt: ChatMessage[]; chosen: ChatMessage[]; rejected: ChatMessage[] };
  prompt_ids: number[];
  chosen_ids: number[];
  rejected_ids: number[];
}
