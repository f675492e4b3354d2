import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { showTokens } from './show-tokens.js';

const words = ['<bos>', 'Why', '?', ' Because', '.', '<eos>'];
const tokenizer = { decode: (ids: readonly number[]) => words[ids[0]!]!, specialIds: new Set([0, 5]) };
const tokens = {
  ids: [0, 1, 2, 3, 4, 5],
  labelled: [true, false, false, true, true, true],
  tokenizer,
};

describe('the tokens of a row', () => {
  it('stand in brackets where they are trained, never the first one', () => {
    expect(showTokens({ ...tokens, maxLength: 9 }, { colours: false, ids: false })).toBe(
      '<bos>Why?[ Because.<eos>]',
    );
  });

  it('stand in braces where they are cut off', () => {
    expect(showTokens({ ...tokens, maxLength: 4 }, { colours: false, ids: false })).toBe(
      '<bos>Why?[ Because]{.<eos>}',
    );
  });

  it('show their ids when asked, and end every colour before a line end', () => {
    expect(showTokens({ ...tokens, maxLength: 9 }, { colours: false, ids: true })).toContain(
      'Why‹1›?‹2›[ Because‹3›',
    );
    const coloured = showTokens(
      {
        ids: [0],
        labelled: [false],
        tokenizer: { decode: () => 'a\nb', specialIds: new Set() },
        maxLength: 9,
      },
      { colours: true, ids: false },
    );
    expect(stripVTControlCharacters(coloured)).toBe('a\nb');
    // A colour that is still on at a line end would go on over the rest of the line.
    for (const line of coloured.split('\n')) expect(line.split('\u001b').length % 2).toBe(1);
  });
});
