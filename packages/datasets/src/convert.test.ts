import { readFileSync } from 'node:fs';
import type { Message } from '@charter/core';
import { describe, expect, it } from 'vitest';
import { toPreference, toPrompt, toSft } from './convert.js';
import { extractPrompt } from './extract-prompt.js';
import type { Row } from './row.js';

const source = { file: 'rows.jsonl', row: 3 };
const user = (content: string): Message => ({ role: 'user', content });
const assistant = (content: string): Message => ({ role: 'assistant', content });
const rows = {
  preference: {
    kind: 'preference',
    prompt: [user('q')],
    chosen: [assistant('a')],
    rejected: [assistant('b')],
    source,
  },
  messages: {
    kind: 'messages',
    messages: [user('q'), assistant('a'), user('r'), assistant('b'), user('s')],
    source,
  },
  prompt: { kind: 'prompt', prompt: 'q', source },
  text: { kind: 'text', text: 't', source },
} satisfies Record<string, Row>;

describe('toSft', () => {
  it('learns the better answer of a pair, and the other kinds as they are', () => {
    expect(toSft(rows.preference)).toEqual({
      kind: 'prompt-completion',
      prompt: [user('q')],
      completion: [assistant('a')],
      source,
    });
    expect(toSft(rows.messages)).toBe(rows.messages);
    expect(toSft(rows.text)).toBe(rows.text);
  });

  it('a row without an answer is an error', () => {
    expect(() => toSft(rows.prompt)).toThrow(
      'rows.jsonl:3: there is a prompt without an answer. Add a completion',
    );
    expect(() => toSft({ kind: 'messages', messages: [user('q')], source })).toThrow(
      'rows.jsonl:3: the conversation has no assistant turn.',
    );
  });
});

describe('toPreference', () => {
  it('a pair of equal answers is an error', () => {
    expect(toPreference(rows.preference)).toBe(rows.preference);
    expect(() => toPreference({ ...rows.preference, rejected: [assistant('a')] })).toThrow(
      'rows.jsonl:3: chosen and rejected are the same. There is nothing to prefer; drop the row.',
    );
  });
});

describe('toPrompt', () => {
  it('is what comes before the last answer', () => {
    expect(toPrompt(rows.messages).prompt).toEqual([user('q'), assistant('a'), user('r')]);
    expect(toPrompt(rows.preference).prompt).toEqual([user('q')]);
    expect(toPrompt(rows.text).prompt).toBe('t');
    expect(() => toPrompt({ kind: 'messages', messages: [assistant('a')], source })).toThrow(
      'rows.jsonl:3: nothing comes before the answer.',
    );
  });
});

describe('extractPrompt splits where TRL does', () => {
  const pairs: [number, { chosen: string; rejected: string; split: object }][] = Object.entries(
    JSON.parse(readFileSync(new URL('golden/pairs.json', import.meta.url), 'utf8')),
  ).map(([i, pair]) => [Number(i), pair as { chosen: string; rejected: string; split: object }]);
  it.each(pairs)('pair %i', (_, { chosen, rejected, split }) => {
    expect(extractPrompt(chosen, rejected)).toEqual(split);
  });

  it('and never inside a character', () => {
    expect(extractPrompt('a 🙂', 'a 🙃')).toEqual({ prompt: 'a ', chosen: '🙂', rejected: '🙃' });
  });
});
