import type { TokenLogprob } from '@charter/core';
import type { Tokenizer } from '@charter/tokenizer';
import { argmax } from './token-distribution.js';

type TokenText = Pick<TokenLogprob, 'token' | 'bytes'>;

const utf8 = new TextDecoder();

/** Text of a token and its bytes: a part of a character reads as U+FFFD, but its bytes are exact. */
export const tokenText = (tokenizer: Pick<Tokenizer, 'decode' | 'tokenBytes'>, id: number): TokenText => {
  const bytes = tokenizer.tokenBytes(id);
  return bytes ? { token: utf8.decode(bytes), bytes: [...bytes] } : { token: tokenizer.decode([id]) };
};

/**
 * Log-probability of a token, with those of the most likely tokens at its position.
 *
 * @param logits `[vocab]`, as the model gave them
 * @param count number of most likely tokens
 * @param text the text of a token id
 */
export const tokenLogprob = (
  logits: Float32Array,
  id: number,
  count: number,
  text: (id: number) => TokenText,
): TokenLogprob => {
  const largest = logits[argmax(logits)]!;
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - largest);
  const normalizer = largest + Math.log(sum);
  return {
    ...text(id),
    id,
    logprob: logits[id]! - normalizer,
    top: largestOf(logits, count).map(best => ({ ...text(best), logprob: logits[best]! - normalizer })),
  };
};

/** Ids of the `count` largest, largest first, the first of equal ones before the others. */
const largestOf = (logits: Float32Array, count: number): number[] => {
  const best: number[] = [];
  for (let id = 0; id < logits.length; id++) {
    const logit = logits[id]!;
    if (best.length === count && (count === 0 || logit <= logits[best.at(-1)!]!)) continue;
    const at = best.findIndex(other => logits[other]! < logit);
    best.splice(at < 0 ? best.length : at, 0, id);
    if (best.length > count) best.pop();
  }
  return best;
};
