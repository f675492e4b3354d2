import { isDeepStrictEqual } from 'node:util';
import type { Message } from '@charter/core';

/**
 * Splits two whole texts or conversations into what they share and what follows. A space before the place where two
 * texts part goes to the answers, where tokenizers have it. Where nothing differs, the last turn or character is the
 * answer.
 *
 * @see TRL 1.16 `data_utils.py`, `extract_prompt`
 */
export function extractPrompt(
  chosen: Message[],
  rejected: Message[],
): { prompt: Message[]; chosen: Message[]; rejected: Message[] };
export function extractPrompt(
  chosen: string,
  rejected: string,
): { prompt: string; chosen: string; rejected: string };
export function extractPrompt(chosen: Message[] | string, rejected: Message[] | string) {
  let at = 0;
  const last = Math.min(chosen.length, rejected.length) - 1;
  while (at < last && isDeepStrictEqual(chosen[at], rejected[at])) at += 1;
  if (typeof chosen === 'string' && at > 0) {
    const before = chosen.charCodeAt(at - 1);
    const insideCharacter = before >= 0xd800 && before <= 0xdbff;
    const differs = chosen[at] !== rejected[at];
    if (insideCharacter || (differs && chosen[at - 1] === ' ')) at -= 1;
  }
  return { prompt: chosen.slice(0, at), chosen: chosen.slice(at), rejected: rejected.slice(at) };
}
