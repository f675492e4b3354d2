import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinRanges, type PackedBatch, packBatch, splitByTokens, type TokenTree } from './packed-batch.js';

const text = (ids: number[], from = 0): TokenTree => ({
  prefix: [],
  branches: [{ ids, lossMask: ids.map((_, i) => i >= from) }],
});

const token = fc.integer({ min: 0, max: 99 });
const branch = fc.array(fc.record({ id: token, inLoss: fc.boolean() }), { maxLength: 6 }).map(tokens => ({
  ids: tokens.map(({ id }) => id),
  lossMask: tokens.map(({ inLoss }) => inLoss),
}));
const tree = fc.record({
  prefix: fc.array(token, { maxLength: 5 }),
  branches: fc.array(branch, { minLength: 1, maxLength: 3 }),
});

const rows = (batch: PackedBatch) => batch.feeds.slot_tokens.shape[0];

describe('packBatch', () => {
  it('puts tokens one after the other, with positions that restart and labels that point at their predictor', () => {
    const batch = packBatch([text([1, 2]), text([3, 4, 5, 6, 7], 3), text([8, 9, 10])], { packing: true });
    // The last token of a text predicts nothing, so it is not computed.
    expect([...batch.feeds.input_ids.data]).toEqual([1, 3, 4, 5, 6, 8, 9]);
    expect([...batch.feeds.position_ids.data]).toEqual([0, 0, 1, 2, 3, 0, 1]);
    // The first token of a text has nothing before it, so it is never a label.
    expect([...batch.feeds.labels.data]).toEqual([2, 6, 7, 9, 10]);
    expect([...batch.feeds.label_index.data]).toEqual([0, 3, 4, 5, 6]);
    expect(batch.tokens).toBe(10);
  });

  it('packs short examples into one row of attention, or gives each a row of its own', () => {
    const trees = [text([1, 2]), text([3, 4, 5, 6, 7]), text([8, 9, 10])];
    expect(rows(packBatch(trees, { packing: true }))).toBe(2);
    expect(rows(packBatch(trees, { packing: false }))).toBe(3);
  });

  it('computes what examples have in common once, unless it is told not to', () => {
    const trees = [text([1, 2, 3, 4], 2), text([1, 2, 5, 6, 7], 2)];
    const shared = packBatch(trees, { packing: true });
    expect([...shared.feeds.input_ids.data]).toEqual([1, 2, 3, 5, 6]);
    expect([...shared.feeds.label_index.data]).toEqual([1, 2, 1, 3, 4]);
    const whole = packBatch(trees, { packing: true, sharing: false });
    expect([...whole.feeds.input_ids.data]).toEqual([1, 2, 3, 1, 2, 5, 6]);
  });

  it('computes a shared prefix once: both branches are predicted from its last token', () => {
    const pair: TokenTree = {
      prefix: [1, 2],
      branches: [
        { ids: [3, 4], lossMask: [true, true] },
        { ids: [5], lossMask: [true] },
      ],
    };
    const batch = packBatch([pair], { packing: true });
    expect([...batch.feeds.input_ids.data]).toEqual([1, 2, 3]);
    expect([...batch.feeds.label_index.data]).toEqual([1, 2, 1]);
    expect(batch.tokens).toBe(7);
    expect(batch.ranges).toEqual([
      { tree: 0, branch: 0, start: 0, end: 2 },
      { tree: 0, branch: 1, start: 2, end: 3 },
    ]);
  });

  it('shows each label the tokens before it in its own example and branch, packed or not', () => {
    fc.assert(
      fc.property(
        fc.array(tree, { minLength: 1, maxLength: 8 }),
        fc.boolean(),
        fc.boolean(),
        (trees, packing, sharing) => {
          const batch = packBatch(trees, { packing, sharing });
          const seen = new Map(batch.ranges.map(range => [`${range.tree}.${range.branch}`, range]));
          trees.forEach(({ prefix, branches }, t) => {
            branches.forEach(({ ids, lossMask }, b) => {
              const { start, end } = seen.get(`${t}.${b}`)!;
              const expected = ids.flatMap((label, i) => {
                const before = [...prefix, ...ids.slice(0, i)];
                return lossMask[i] && before.length ? [{ label, before }] : [];
              });
              const actual = Array.from({ length: end - start }, (_, i) => labelAt(batch, start + i));
              expect(actual).toEqual(expected);
            });
          });
        },
      ),
    );
  });
});

describe('microbatches', () => {
  it('are consecutive, and of no more tokens than asked for, where one tree has no more', () => {
    fc.assert(
      fc.property(fc.array(tree, { maxLength: 8 }), fc.integer({ min: 1, max: 40 }), (trees, most) => {
        const microbatches = splitByTokens(trees, most);
        expect(microbatches.flat()).toEqual(trees);
        const sizes = microbatches.map(microbatch =>
          microbatch.map(({ prefix, branches }) => prefix.length + branches.flatMap(({ ids }) => ids).length),
        );
        const total = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
        for (const [i, size] of sizes.entries()) {
          expect(size.length === 1 || total(size) <= most).toBe(true);
          // None could have taken in the next one's first.
          if (i > 0) expect(total(sizes[i - 1]!) + size[0]!).toBeGreaterThan(most);
        }
      }),
    );
  });

  it('have labels and trees that are counted through all of them', () => {
    fc.assert(
      fc.property(fc.array(tree, { minLength: 1, maxLength: 8 }), trees => {
        const options = { packing: true };
        const microbatches = splitByTokens(trees, 12).map(microbatch => packBatch(microbatch, options));
        expect(joinRanges(microbatches)).toEqual(packBatch(trees, options).ranges);
      }),
    );
  });
});

/** A label, and the tokens that a model sees where it predicts it: those of the mask of `packedInputs`, by position. */
const labelAt = ({ feeds }: PackedBatch, index: number) => {
  const at = feeds.label_index.data[index]!;
  const slot = feeds.token_slots.data[at]!;
  expect(feeds.own_tokens.data[slot]).toBe(at);
  const time = feeds.slot_tokens.shape[1]! * feeds.slot_tokens.shape[2]!;
  const before: number[] = [];
  // A query sees no later slot of its row.
  for (let key = slot - (slot % time); key <= slot; key++) {
    const token = feeds.slot_tokens.data[key]!;
    if (feeds.segments.data[key] !== feeds.segments.data[slot]) continue;
    before[feeds.position_ids.data[token]!] = feeds.input_ids.data[token]!;
  }
  return { label: feeds.labels.data[index]!, before };
};
