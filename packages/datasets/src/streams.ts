import { createHash } from 'node:crypto';
import { contentText } from '@charter/core';
import { promptOf } from './convert.js';
import type { Row } from './row.js';

/** The first rows. */
export async function* take<T>(rows: AsyncIterable<T> | Iterable<T>, count: number): AsyncGenerator<T> {
  let taken = 0;
  if (count <= 0) return;
  for await (const row of rows) {
    yield row;
    taken += 1;
    if (taken >= count) return;
  }
}

/** All rows in an array. */
export const collect = async <T>(rows: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const row of rows) all.push(row);
  return all;
};

/**
 * Leaves out rows whose prompt came before. Prompts count as equal when they differ only in case, spaces, punctuation or
 * the Unicode form of their characters. 16 bytes are kept of each prompt.
 *
 * @param options.onDuplicate gets each row left out
 */
export async function* dedupe<T extends Row>(
  rows: AsyncIterable<T> | Iterable<T>,
  options: { onDuplicate?: ((row: T) => void) | undefined } = {},
): AsyncGenerator<T> {
  const seen = new Set<string>();
  for await (const row of rows) {
    const key = createHash('sha256').update(normalizedPrompt(row)).digest('base64').slice(0, 22);
    if (seen.has(key)) {
      options.onDuplicate?.(row);
      continue;
    }
    seen.add(key);
    yield row;
  }
}

/** The text that {@link dedupe} compares; prompts of nothing but punctuation keep it. */
export const normalizedPrompt = (row: Row): string => {
  const prompt = promptOf(row);
  const turns =
    typeof prompt === 'string'
      ? [prompt]
      : prompt.map(({ role, content }) => `${role}\n${contentText(content)}`);
  return turns
    .map(turn => {
      const text = turn.normalize('NFKC').toLowerCase();
      const words = text.match(/[\p{L}\p{M}\p{N}]+/gu);
      return words ? words.join(' ') : text.trim();
    })
    .join('\n');
};
