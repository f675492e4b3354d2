import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mix, shuffle, shuffleOrder, split } from './order.js';
import type { Row } from './row.js';
import { collect, dedupe, take } from './streams.js';

const numbers = (length: number, from = 0) => Array.from({ length }, (_, i) => from + i);

describe('shuffle', () => {
  it('the seed alone decides the order, also in later versions', () => {
    expect(shuffleOrder(10, 42)).toMatchInlineSnapshot(`
      [
        9,
        1,
        8,
        0,
        6,
        2,
        4,
        7,
        3,
        5,
      ]
    `);
    expect(shuffleOrder(10, 42)).not.toEqual(shuffleOrder(10, 43));
  });

  it('loses and doubles nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.integer(), (rows, seed) => {
        expect(shuffle(rows, seed).sort()).toEqual([...rows].sort());
      }),
    );
  });
});

describe('split', () => {
  it('parts the rows, each side in its order', () => {
    const { train, test } = split(numbers(10), { test_size: 0.25, seed: 1 });
    expect(test).toHaveLength(3);
    expect([...train, ...test].sort((a, b) => a - b)).toEqual(numbers(10));
    expect(train).toEqual([...train].sort((a, b) => a - b));
    expect(split(numbers(10), { test_size: 4, seed: 1 }).test).toHaveLength(4);
  });

  it.each([0, 10, 12, 2.5])('test_size %d of 10 rows is an error', test_size => {
    expect(() => split(numbers(10), { test_size, seed: 1 })).toThrow(
      `test_size ${test_size} of 10 rows leaves one side empty.`,
    );
  });
});

describe('mix', () => {
  const count = (rows: number[]) => [
    rows.filter(n => n < 10_000).length,
    rows.filter(n => n >= 10_000).length,
  ];

  it('takes as many rows as the ratios allow, none twice', () => {
    const mixture = mix(
      [
        { rows: numbers(2000), ratio: 5 },
        { rows: numbers(900, 10_000), ratio: 2 },
      ],
      { seed: 7 },
    );
    expect(count(mixture)).toEqual([2000, 800]);
    expect(new Set(mixture).size).toBe(2800);
    expect(mixture.slice(0, 200).filter(n => n >= 10_000).length).toBeGreaterThan(20);
  });

  it('can be smaller, and says when it cannot be larger', () => {
    const sources = [
      { rows: numbers(100), ratio: 1 },
      { rows: numbers(300, 10_000), ratio: 3 },
    ];
    expect(count(mix(sources, { seed: 1, total: 40 }))).toEqual([10, 30]);
    expect(mix(sources, { seed: 1, total: 40 })).toEqual(mix(sources, { seed: 1, total: 40 }));
    expect(() => mix(sources, { seed: 1, total: 500 })).toThrow('at most 400 can be had');
    expect(() => mix([{ rows: [1], ratio: 0 }], { seed: 1 })).toThrow(
      'sources[0].ratio is 0; give a number above 0.',
    );
  });
});

describe('dedupe and take', () => {
  const prompt = (text: string, row: number): Row => ({
    kind: 'prompt',
    prompt: text,
    source: { file: 'p.jsonl', row },
  });

  it('prompts that differ in case, spaces, punctuation or Unicode form count once', async () => {
    const rows = [
      prompt('How  do I open a lock?', 1),
      prompt('how do i open a lock', 2),
      prompt('Cafe\u0301', 3),
      prompt('CAFÉ!', 4),
      prompt('?', 5),
      prompt('!', 6),
    ];
    const left: number[] = [];
    const kept = await collect(dedupe(rows, { onDuplicate: row => left.push(row.source.row) }));
    expect(kept.map(row => row.source.row)).toEqual([1, 3, 5, 6]);
    expect(left).toEqual([2, 4]);
  });

  it('a pair and a conversation with the same prompt count once', async () => {
    const question = { role: 'user', content: 'q' } as const;
    const rows: Row[] = [
      {
        kind: 'messages',
        messages: [question, { role: 'assistant', content: 'a' }],
        source: { file: 'm', row: 1 },
      },
      { kind: 'prompt', prompt: [question], source: { file: 'p', row: 1 } },
    ];
    expect(await collect(dedupe(rows))).toHaveLength(1);
  });

  it('take stops reading', async () => {
    let read = 0;
    async function* rows() {
      for (;;) yield read++;
    }
    expect(await collect(take(rows(), 3))).toEqual([0, 1, 2]);
    expect(read).toBe(3);
  });
});
