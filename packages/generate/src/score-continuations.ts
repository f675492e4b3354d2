import type { CacheRoom } from './cache-room.js';
import type { DecoderProgram, TokenPlace } from './decoder-program.js';
import type { KeyValueCache } from './key-value-cache.js';

interface Scoring {
  program: DecoderProgram;
  room: CacheRoom;
  /** Most tokens computed in one run, over all its rows. */
  prefillTokens: number;
}

type Label = TokenPlace & { id: number };

/**
 * Log-probability in nats of each token after the first, given all before it.
 *
 * @returns one number fewer than there are ids
 */
export const tokenLogprobs = async (scoring: Scoring, ids: readonly number[]): Promise<number[]> => {
  if (ids.length < 2) return [];
  const cache = await scoring.room.create(1, 1);
  const labels = ids.slice(1).map((id, offset) => ({ row: 0, offset, id }));
  const appended = await append(scoring, cache, [ids.slice(0, -1)], labels);
  await appended.cache.dispose();
  return appended.logps;
};

/**
 * Log-probability in nats of the end of each text, summed over its tokens. What all texts begin with is computed
 * once; then each has a row for its own rest.
 *
 * @param texts ids of each text; `from` is the index of its first token that counts, at least 1
 */
export const continuationLogprobs = async (
  scoring: Scoring,
  texts: readonly { readonly ids: readonly number[]; readonly from: number }[],
): Promise<number[]> => {
  // The last token of a text is only ever asked for, never read.
  const shared = Math.min(commonLength(texts.map(t => t.ids)), ...texts.map(t => t.ids.length - 1));
  const totals = texts.map(() => 0);
  const labelsOf = (start: number, end: number, rows: readonly number[]) =>
    rows.flatMap((text, row) => {
      const { ids, from } = texts[text]!;
      const first = Math.max(from, start + 1);
      const labels: (Label & { text: number })[] = [];
      for (let i = first; i <= Math.min(end, ids.length - 1); i++) {
        labels.push({ row, offset: i - 1 - start, id: ids[i]!, text });
      }
      return labels;
    });
  const count = (labels: readonly { text: number }[], logps: readonly number[]) => {
    labels.forEach(({ text }, i) => {
      totals[text]! += logps[i]!;
    });
  };

  const all = texts.map((_, text) => text);
  const common = labelsOf(0, shared, all).map(label => ({ ...label, row: 0 }));
  const prefix = await append(
    scoring,
    await scoring.room.create(1, 1),
    [texts[0]!.ids.slice(0, shared)],
    common,
  );
  count(common, prefix.logps);

  const longer = all.filter(text => texts[text]!.ids.length - 1 > shared);
  if (longer.length === 0) {
    await prefix.cache.dispose();
    return totals;
  }
  const rests = longer.map(text => texts[text]!.ids.slice(shared, -1));
  const positions = shared + Math.max(...rests.map(rest => rest.length));
  const cache = await scoring.room.rebuild(
    prefix.cache,
    longer.map(() => 0),
    positions,
  );
  const own = labelsOf(shared, Number.POSITIVE_INFINITY, longer);
  const rest = await append(scoring, cache, rests, own);
  await rest.cache.dispose();
  count(own, rest.logps);
  return totals;
};

/** Appends tokens to the rows of a cache, chunk by chunk, and returns the cache, which may be another one now. */
const append = async (
  { program, room, prefillTokens }: Scoring,
  cache: KeyValueCache,
  tokens: readonly (readonly number[])[],
  labels: readonly Label[],
): Promise<{ cache: KeyValueCache; logps: number[] }> => {
  const logps = labels.map(() => 0);
  const chunk = Math.max(1, Math.floor(prefillTokens / tokens.length));
  const longest = Math.max(...tokens.map(row => row.length));
  let current = cache;
  for (let start = 0; start < longest; start += chunk) {
    const part = tokens.map(row => row.slice(start, start + chunk));
    const asked = labels.flatMap((label, i) =>
      label.offset >= start && label.offset < start + chunk ? [i] : [],
    );
    current = await room.grown(current, part);
    const run = await program.run({
      cache: current,
      tokens: part,
      labels: asked.map(i => ({ ...labels[i]!, offset: labels[i]!.offset - start })),
    });
    asked.forEach((label, i) => {
      logps[label] = run.logps[i]!;
    });
  }
  return { cache: current, logps };
};

const commonLength = (texts: readonly (readonly number[])[]): number => {
  const [first, ...others] = texts;
  let length = 0;
  while (length < first!.length && others.every(text => text[length] === first![length])) length += 1;
  return length;
};
