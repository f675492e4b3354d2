import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type ShowOptions, showBeside, showTokens } from './show-tokens.js';
import { type LabelledTokens, tokenPieces } from './token-pieces.js';

const words = ['<bos>', 'Why', '?', ' Because', '.', '<eos>'];
const tokenizer = { decode: (ids: readonly number[]) => words[ids[0]!]!, specialIds: new Set([0, 5]) };
const tokens = {
  ids: [0, 1, 2, 3, 4, 5],
  lossMask: [true, false, false, true, true, true],
  tokenizer,
};

const show = (given: LabelledTokens, options: ShowOptions) => showTokens(tokenPieces(given), options);

describe('the tokens of a row', () => {
  it('stand in brackets where they are trained, never the first one', () => {
    expect(show({ ...tokens, maxLength: 9 }, { colours: false, ids: false })).toBe(
      '<bos>Why?[ Because.<eos>]',
    );
  });

  it('stand in braces where they are cut off', () => {
    expect(show({ ...tokens, maxLength: 4 }, { colours: false, ids: false })).toBe(
      '<bos>Why?[ Because]{.<eos>}',
    );
  });

  it('show their ids when asked, and end every colour before a line end', () => {
    expect(show({ ...tokens, maxLength: 9 }, { colours: false, ids: true })).toContain(
      'Why‹1›?‹2›[ Because‹3›',
    );
    const coloured = show(
      {
        ids: [0],
        lossMask: [false],
        tokenizer: { decode: () => 'a\nb', specialIds: new Set() },
        maxLength: 9,
      },
      { colours: true, ids: false },
    );
    expect(stripVTControlCharacters(coloured)).toBe('a\nb');
    // A colour that is still on at a line end would go on over the rest of the line.
    for (const line of coloured.split('\n')) expect(line.split('\u001b').length % 2).toBe(1);
  });

  it('show a character that takes several tokens whole', () => {
    const bytes = {
      decode: (ids: readonly number[]) => Buffer.from(ids).toString('utf8'),
      specialIds: new Set<number>(),
    };
    const ids = [...Buffer.from('a é', 'utf8'), 0xff, 0x62];
    const pieces = tokenPieces({ ids, lossMask: ids.map(() => true), tokenizer: bytes, maxLength: 9 });
    expect(pieces.map(({ text }) => text)).toEqual(['a', ' ', 'é', '\uFFFD', 'b']);
    expect(pieces[2]!.ids).toEqual([0xc3, 0xa9]);
  });

  it('of two answers stand side by side, each wrapped in its half', () => {
    const answer = (ids: number[]) =>
      tokenPieces({ ids, lossMask: ids.map(() => true), tokenizer, maxLength: 8, prefix: 3 });
    const long = Array<number>(3).fill(3);
    const options = { colours: false, ids: false };
    const layout = { width: 35, titles: ['chosen', 'rejected'] } as const;
    expect(showBeside([answer([...long, 5]), answer([1, 5])], options, layout).split('\n')).toEqual([
      'chosen           | rejected',
      '[ Because        | [Why<eos>]',
      ' Because Because |',
      '<eos>]           |',
    ]);
  });
});
