import type { GenerateRequest } from '@charter/core';
import { describe, expect, test } from 'vitest';
import { parseSamplingOptions } from '../sampling/sampling-options.js';
import { Sequence } from './sequence.js';

const EOS = 0;
const words = ['<end>', 'A', ' kiwi', ' cannot', ' fly', '|'];
const tokenizer = {
  decode: (ids: readonly number[]) => ids.map(id => words[id]!).join(''),
  decodeStream: () => ({ push: (id: number) => words[id]!, end: () => '' }),
  tokenBytes: (id: number) => new TextEncoder().encode(words[id]!),
};

const sequence = (request: Omit<GenerateRequest, 'prompt'> = {}, maxPositions = 100) =>
  new Sequence({
    prompt: [1, 2],
    options: parseSamplingOptions({ prompt: '', temperature: 0, ...request }, 'tiny'),
    seed: 1,
    tokenizer,
    eosIds: new Set([EOS]),
    maxPositions,
    request,
  });

/** Logits in which one token stands out. */
const choose = (id: number) => ({ logits: Float32Array.from(words, (_, i) => (i === id ? 9 : 0)) });

describe('a text ends', () => {
  test('at an end token, which belongs to the ids but has no text', async () => {
    const s = sequence();
    for (const id of [1, 2, EOS, 4]) s.appendToken(choose(id));
    expect(await s.completion).toEqual({
      text: 'A kiwi',
      ids: [1, 2, EOS],
      finish_reason: 'stop',
      usage: { prompt_tokens: 2, completion_tokens: 3 },
    });
  });

  test('after max_new_tokens', async () => {
    const s = sequence({ max_new_tokens: 2 });
    for (const id of [1, 2, 3]) s.appendToken(choose(id));
    expect(await s.completion).toMatchObject({ text: 'A kiwi', ids: [1, 2], finish_reason: 'length' });
  });

  test('when the model has no position left', async () => {
    const s = sequence({ max_new_tokens: 50 }, 4);
    for (const id of [1, 2, 3]) s.appendToken(choose(id));
    expect(await s.completion).toMatchObject({ text: 'A kiwi', finish_reason: 'length' });
  });

  test('before a stop string', async () => {
    const s = sequence({ stop: ['i ca'] });
    for (const id of [1, 2, 3, 4]) s.appendToken(choose(id));
    expect(await s.completion).toMatchObject({ text: 'A kiw', ids: [1, 2, 3], finish_reason: 'stop' });
  });

  test('for its end token also when that is the last one allowed', async () => {
    const s = sequence({ max_new_tokens: 2 });
    for (const id of [1, EOS]) s.appendToken(choose(id));
    expect(await s.completion).toMatchObject({ text: 'A', finish_reason: 'stop' });
  });
});

test('the pieces that onToken got are the text, held-back ones too', async () => {
  const pieces: string[] = [];
  const s = sequence({ max_new_tokens: 3, stop: ['iwi cannot fly'], onToken: text => pieces.push(text) });
  for (const id of [1, 2, 3]) s.appendToken(choose(id));
  expect((await s.completion).text).toBe('A kiwi cannot');
  expect(pieces).toEqual(['A', ' k', 'iwi cannot']);
});

test('an error in onToken fails its own request', async () => {
  const s = sequence({
    onToken: () => {
      throw new Error('closed');
    },
  });
  s.appendToken(choose(1));
  await expect(s.completion).rejects.toThrow('closed');
  expect(s.settled).toBe(true);
});

describe('giving up', () => {
  test('rejects with the signal’s reason and takes no more tokens', async () => {
    const controller = new AbortController();
    const s = sequence({ signal: controller.signal });
    s.appendToken(choose(1));
    controller.abort(new Error('enough'));
    await expect(s.completion).rejects.toThrow('enough');
    s.appendToken(choose(2));
    expect(s.ids).toEqual([1, 2, 1]);
  });

  test('before it begins is settled at once', async () => {
    const s = sequence({ signal: AbortSignal.abort(new Error('enough')) });
    expect(s.settled).toBe(true);
    await expect(s.completion).rejects.toThrow('enough');
  });
});
