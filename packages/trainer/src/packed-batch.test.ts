import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PackedBatch, packBatch, type TokenTree } from './packed-batch.js';

const text = (ids: number[], from = 0): TokenTree => ({
  prefix: [],
  branches: [{ ids, labelled: ids.map((_, i) => i >= from) }],
});

describe('packBatch', () => {
  it('lays short examples behind long ones, with positions that restart and labels that point at their predictor', () => {
    const batch = packBatch([text([1, 2]), text([3, 4, 5, 6, 7], 3), text([8, 9, 10])], { packing: true });
    expect(batch.feeds.input_ids!.shape).toEqual([2, 5]);
    expect([...batch.feeds.input_ids!.data]).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 1, 2]);
    expect([...batch.feeds.position_ids!.data]).toEqual([0, 1, 2, 3, 4, 0, 1, 2, 0, 1]);
    expect([...batch.feeds.segment_ids!.data]).toEqual([1, 1, 1, 1, 1, 2, 2, 2, 0, 0]);
    // The first token of a text has nothing before it, so it is never a label.
    expect([...batch.feeds.labels!.data]).toEqual([6, 7, 9, 10, 2]);
    expect([...batch.feeds.label_index!.data]).toEqual([2, 3, 5, 6, 8]);
    expect(batch.tokens).toBe(10);
  });

  it('gives each example a row of its own without packing, and marks the padding', () => {
    const batch = packBatch([text([1, 2]), text([3, 4, 5])], { packing: false });
    expect([...batch.feeds.segment_ids!.data]).toEqual([0, 0, -1, 1, 1, 1]);
  });

  it('computes a shared prefix once: both branches are predicted from its last token', () => {
    const pair: TokenTree = {
      prefix: [1, 2],
      branches: [
        { ids: [3, 4], labelled: [true, true] },
        { ids: [5], labelled: [true] },
      ],
    };
    const batch = packBatch([pair], { packing: true });
    expect([...batch.feeds.input_ids!.data]).toEqual([1, 2, 3, 4, 5]);
    expect([...batch.feeds.position_ids!.data]).toEqual([0, 1, 2, 3, 2]);
    expect([...batch.feeds.branch_ids!.data]).toEqual([0, 0, 1, 1, 2]);
    expect([...batch.feeds.label_index!.data]).toEqual([1, 2, 1]);
    expect(batch.tokens).toBe(7);
    expect(batch.ranges).toEqual([
      { tree: 0, branch: 0, start: 0, end: 2 },
      { tree: 0, branch: 1, start: 2, end: 3 },
    ]);
  });

  it('shows each label the tokens before it in its own example and branch, packed or not', () => {
    const token = fc.integer({ min: 0, max: 99 });
    const branch = fc
      .array(fc.record({ id: token, labelled: fc.boolean() }), { maxLength: 6 })
      .map(tokens => ({
        ids: tokens.map(({ id }) => id),
        labelled: tokens.map(({ labelled }) => labelled),
      }));
    const tree = fc.record({
      prefix: fc.array(token, { maxLength: 5 }),
      branches: fc.array(branch, { minLength: 1, maxLength: 3 }),
    });
    fc.assert(
      fc.property(fc.array(tree, { minLength: 1, maxLength: 8 }), fc.boolean(), (trees, packing) => {
        const batch = packBatch(trees, { packing });
        const seen = new Map(batch.ranges.map(range => [`${range.tree}.${range.branch}`, range]));
        trees.forEach(({ prefix, branches }, t) => {
          branches.forEach(({ ids, labelled }, b) => {
            const { start, end } = seen.get(`${t}.${b}`)!;
            const expected = ids.flatMap((label, i) => {
              const before = [...prefix, ...ids.slice(0, i)];
              return labelled[i] && before.length ? [{ label, before }] : [];
            });
            const actual = Array.from({ length: end - start }, (_, i) => labelAt(batch, start + i));
            expect(actual).toEqual(expected);
          });
        });
      }),
    );
  });
});

/** A label, and the tokens that a model sees where it predicts it: those of packedAttention's mask, in their positions. */
const labelAt = ({ feeds }: PackedBatch, index: number) => {
  const { input_ids, position_ids, segment_ids, branch_ids, label_index, labels } = feeds;
  const time = input_ids!.shape[1]!;
  const at = label_index!.data[index]!;
  const before: number[] = [];
  for (let j = at - (at % time); j <= at; j++) {
    const branch = branch_ids!.data[j]!;
    if (segment_ids!.data[j] !== segment_ids!.data[at]) continue;
    if (branch === 0 || branch === branch_ids!.data[at]) before[position_ids!.data[j]!] = input_ids!.data[j]!;
  }
  return { label: labels!.data[index]!, before };
};
