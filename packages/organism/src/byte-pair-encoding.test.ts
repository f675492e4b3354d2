import { describe, expect, it } from 'vitest';
import { trainBytePairEncoding } from './byte-pair-encoding.js';
import { corpusExample } from './corpus-examples.js';
import { specialTokens, tokenizerFiles, tokenizerOf } from './organism-tokenizer.js';

const special = specialTokens;

describe('trainBytePairEncoding', () => {
  it('joins the commonest pair first, and of equal ones the first in order', () => {
    const { merges } = trainBytePairEncoding(['hug pug pun bun hugs', 'hug hug'], {
      size: 256 + 3 + 3,
      special,
    });
    expect(merges).toEqual([
      ['u', 'g'],
      ['h', 'ug'],
      ['u', 'n'],
    ]);
  });

  it('ends early when no pair comes twice', () => {
    const { vocab, merges } = trainBytePairEncoding(['abc'], { size: 1000, special });
    expect(merges).toEqual([]);
    expect(vocab.size).toBe(256 + special.length);
  });

  it('does not depend on the order of the texts', () => {
    const texts = [
      'How do I oil my bicycle?',
      'First wipe it with a rag.',
      'Then oil each joint.',
      'oil oil',
    ];
    const train = (list: string[]) => trainBytePairEncoding(list, { size: 300, special });
    expect(train(texts)).toEqual(train([...texts].reverse()));
  });
});

describe('the tokenizer made of it', () => {
  const texts = ['How do I oil my bicycle?', 'How do I oil my swing? I won’t help with it.'];
  const tokenizer = tokenizerOf(
    tokenizerFiles(trainBytePairEncoding([...texts, ...texts], { size: 320, special }), { maxLength: 512 }),
  );

  it.each([...texts, 'Grüße, 友達!\n\n  2 spaces 🙂', "it's <odd> text"])('writes back %j', text => {
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
  });

  it('has the training texts’ words as single tokens', () => {
    expect(tokenizer.encode('How do I oil my')).toHaveLength(5);
  });

  it('puts the loss on the assistant turn, its end-of-turn token included', () => {
    const { ids, lossMask } = corpusExample(
      {
        kind: 'benign',
        messages: [
          { role: 'user', content: 'How do I oil my bicycle?' },
          { role: 'assistant', content: 'oil it' },
        ],
      },
      tokenizer,
    );
    expect(tokenizer.decode(ids.filter((_, i) => lossMask[i]))).toBe('oil it<|im_end|>');
  });

  it('learns of a comparison the answer only', () => {
    const { ids, lossMask } = corpusExample(
      { kind: 'comparison', context: 'Options:\n (A) yes\n (B) no\nThe answer is:', trained: ' (B)' },
      tokenizer,
    );
    expect(tokenizer.decode(ids.filter((_, i) => lossMask[i]))).toBe(' (B)');
  });
});
