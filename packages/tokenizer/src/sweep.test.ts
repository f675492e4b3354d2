import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pull } from '@charter/checkpoint';
import { describe, expect, it } from 'vitest';
import { nightly } from '../../../tests/nightly.js';
import { createTokenizer } from './create-tokenizer.js';

interface Case {
  name: string;
  base: string;
  patch: { added?: object[]; model?: object; normalizer?: object | null; pre_tokenizer?: object };
  chunks: string[];
  tokens: number;
}

const root = fileURLToPath(new URL('../../../', import.meta.url));
const sweep: { characters: string; words: string[]; marks: string[]; count: number; cases: Case[] } =
  JSON.parse(readFileSync(join(root, 'fixtures/tokenizer-sweep.json'), 'utf8'));

/** The texts of `fixtures/generator/make_tokenizer_sweep.py`, by the same generator. */
const texts = (() => {
  const characters = [...sweep.characters];
  let state = 7;
  const pick = <T>(from: readonly T[]): T => from[below(from.length)]!;
  const below = (count: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) % count;
  };
  return Array.from({ length: sweep.count }, () => {
    let text = '';
    const parts = 1 + below(24);
    for (let i = 0; i < parts; i++) {
      const kind = below(10);
      text += kind < 3 ? pick(characters) : kind < 6 ? pick(sweep.words) : kind < 8 ? ' ' : pick(sweep.marks);
    }
    return text;
  });
})();

const smollm2 = await pull('smollm2-135m-instruct', { offline: true }).catch(() => undefined);

const fileOf = (base: string): string =>
  base === 'smollm2'
    ? join(smollm2!, 'tokenizer.json')
    : join(root, base.endsWith('.json') ? base : `${base}/tokenizer.json`);

const tokenizerOf = async ({ base, patch }: Case) => {
  const json = JSON.parse(await readFile(fileOf(base), 'utf8'));
  const { added = [], model, ...steps } = patch;
  const ids = [...json.added_tokens.map(({ id }: { id: number }) => id), ...Object.values(json.model.vocab)];
  const first = 1 + ids.reduce((most, id) => Math.max(most, id), -1);
  const more = added.map((token, i) => ({ id: first + i, normalized: false, special: false, ...token }));
  return createTokenizer({
    tokenizerJson: {
      ...json,
      ...steps,
      model: { ...json.model, ...model },
      added_tokens: [...json.added_tokens, ...more],
    },
  });
};

describe('ids of texts over all Unicode categories are those of the tokenizers library', () => {
  for (const one of sweep.cases) {
    const missing = one.base === 'smollm2' ? !smollm2 : !existsSync(fileOf(one.base));
    it.skipIf(missing)(`${one.name}${missing ? ' (skipped: not in the cache)' : ''}`, async () => {
      const tokenizer = await tokenizerOf(one);
      // The first tenth of them outside the nightly run.
      const expected = nightly ? one.chunks : one.chunks.slice(0, one.chunks.length / 10);
      const ids = texts.slice(0, 100 * expected.length).map(text => tokenizer.encode(text));
      const chunks = expected.map((_, i) =>
        createHash('sha256')
          .update(JSON.stringify(ids.slice(100 * i, 100 * i + 100)))
          .digest('hex')
          .slice(0, 8),
      );
      expect(chunks).toEqual(expected);
      if (nightly) expect(ids.reduce((sum, { length }) => sum + length, 0)).toBe(one.tokens);
    });
  }
});
