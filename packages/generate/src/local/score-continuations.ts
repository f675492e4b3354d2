import type { TokenLogprob } from '@charter/core';
import { tokenLogprob } from '../sampling/token-logprobs.js';
import { appendTokens, type Label, type PrefillContext, prefill } from './prefill.js';
import type { Prefix } from './shared-prefixes.js';

/**
 * Log-probability in nats of each token after the first, given all before it.
 *
 * @returns one number fewer than there are ids
 */
export const tokenLogprobs = async (
  context: PrefillContext,
  ids: readonly number[],
  signal?: AbortSignal,
): Promise<number[]> => {
  if (ids.length < 2) return [];
  const cache = await context.allocator.create(1, 1);
  const labels = ids.slice(1).map((id, offset) => ({ row: 0, offset, id }));
  const appended = await appendTokens(context, cache, [ids.slice(0, -1)], labels, {
    lengths: [ids.length],
    signal,
  });
  await appended.cache.dispose();
  return appended.logps;
};

/** Most positions whose logits are in memory at once: 64 of a vocabulary of 256,000 are 66 MB. */
const LOGITS_AT_ONCE = 64;

/**
 * Each token of a text after the first with its log-probability, and the most likely tokens at its position.
 *
 * @param count number of most likely tokens
 * @param text the text of a token id
 */
export const topLogprobs = async (
  context: PrefillContext,
  ids: readonly number[],
  {
    count,
    text,
    signal,
  }: { count: number; text: Parameters<typeof tokenLogprob>[3]; signal?: AbortSignal | undefined },
): Promise<TokenLogprob[]> => {
  if (ids.length < 2) return [];
  const tokens = [ids.slice(0, -1)];
  const samples = tokens[0]!.map((_, offset) => ({ row: 0, offset }));
  const prefillTokens = Math.min(context.prefillTokens, LOGITS_AT_ONCE);
  let cache = await context.allocator.create(1, 1);
  const result: TokenLogprob[] = [];
  const request = { cache, tokens, samples, lengths: [ids.length], signal };
  for await (const chunk of prefill({ ...context, prefillTokens }, request)) {
    cache = chunk.cache;
    for (const [i, { logits }] of chunk.logits) result.push(tokenLogprob(logits!, ids[i + 1]!, count, text));
  }
  await cache.dispose();
  return result;
};

/** Ids of a text, and the index of its first token that counts. */
interface Continuation {
  readonly ids: readonly number[];
  readonly from: number;
}

/**
 * Log-probability in nats of the end of each text, summed over its tokens. What all texts begin with is computed
 * once; then each has a row for its own rest. Texts so long that the model computes their beginning by their length are
 * computed alone.
 *
 * @param texts ids of each text; `from` is the index of its first token that counts, at least 1
 * @param prefix what all texts begin with, if that is computed; shorter than every `from`
 */
export const continuationLogprobs = async (
  context: PrefillContext,
  texts: readonly Continuation[],
  prefix?: Prefix,
): Promise<number[]> => {
  const isAlike = ({ ids }: Continuation) => ids.length <= context.program.prefixStableUpTo;
  const alike = texts.filter(isAlike);
  const sums = alike.length > 0 ? await sharingLogprobs(context, alike, prefix) : [];
  const totals: number[] = [];
  for (const text of texts) {
    if (isAlike(text)) totals.push(sums.shift()!);
    else {
      const own = await tokenLogprobs(context, text.ids);
      totals.push(own.slice(text.from - 1).reduce((sum, logp) => sum + logp, 0));
    }
  }
  return totals;
};

const sharingLogprobs = async (
  context: PrefillContext,
  texts: readonly Continuation[],
  prefix: Prefix | undefined,
): Promise<number[]> => {
  const known = prefix?.ids.length ?? 0;
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
  const common = labelsOf(known, shared, all).map(label => ({ ...label, row: 0 }));
  const trunk = await appendTokens(
    context,
    await context.allocator.create(1, 1, prefix?.cache),
    [texts[0]!.ids.slice(known, shared)],
    common,
  );
  count(common, trunk.logps);

  const longer = all.filter(text => texts[text]!.ids.length - 1 > shared);
  if (longer.length === 0) {
    await trunk.cache.dispose();
    return totals;
  }
  const rests = longer.map(text => texts[text]!.ids.slice(shared, -1));
  const positions = shared - known + Math.max(...rests.map(rest => rest.length));
  const cache = await context.allocator.rebuild(
    trunk.cache,
    longer.map(() => 0),
    positions,
  );
  const own = labelsOf(shared, Number.POSITIVE_INFINITY, longer);
  const rest = await appendTokens(context, cache, rests, own);
  await rest.cache.dispose();
  count(own, rest.logps);
  return totals;
};

const commonLength = (texts: readonly (readonly number[])[]): number => {
  const [first, ...others] = texts;
  let length = 0;
  while (length < first!.length && others.every(text => text[length] === first![length])) length += 1;
  return length;
};
