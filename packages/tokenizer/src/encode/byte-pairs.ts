import type { BPE } from '@huggingface/tokenizers';
import { TokenizerError } from '../tokenizer-error.js';

/** Settings of a byte-pair model in tokenizer.json that decide what becomes of unknown characters. */
export interface BytePairSettings {
  readonly vocab: Readonly<Record<string, number>>;
  readonly unk_token?: string | null;
  readonly fuse_unk?: boolean;
  readonly byte_fallback?: boolean;
  readonly ignore_merges?: boolean;
}

/**
 * Tokens of one word by byte-pair encoding. `@huggingface/tokenizers` merges; what it does with characters outside the
 * vocabulary is not what the Rust library does, which decides about them before it merges: it drops them where there is
 * no unknown token, and fuses unknown ones within a word only.
 *
 * @throws {TokenizerError} for an unknown character when the vocabulary lacks the unknown token
 * @see tokenizers 0.23 `models/bpe/model.rs`, `merge_word`
 */
export const bytePairEncoder = (
  model: BPE,
  { vocab, unk_token, fuse_unk = false, byte_fallback = false, ignore_merges = false }: BytePairSettings,
): ((word: string) => string[]) => {
  const knows = (token: string) => Object.hasOwn(vocab, token);
  const bytes = new TextEncoder();
  const bytesOf = (text: string) =>
    Array.from(bytes.encode(text), byte => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
  const unknown = (token: string): string[] => {
    const spelled = byte_fallback ? bytesOf(token) : [];
    if (spelled.length > 0 && spelled.every(knows)) return spelled;
    if (unk_token === null || unk_token === undefined) return [];
    if (knows(unk_token)) return [unk_token];
    throw new TokenizerError(
      `tokenizer.json names ${JSON.stringify(unk_token)} as its unknown token, but its vocabulary has no such token; ` +
        `${JSON.stringify(token)} has no id without it.`,
    );
  };
  const suffix = model.end_of_word_suffix ?? '';
  const drops = (unk_token === null || unk_token === undefined) && !byte_fallback;
  return word => {
    if (ignore_merges && knows(word)) return [word];
    const characters = [...word];
    const known = drops
      ? characters.filter((one, i) => knows(i === characters.length - 1 ? one + suffix : one)).join('')
      : word;
    const tokens: string[] = [];
    let fused = false;
    for (const token of model.bpe(known)) {
      const isKnown = knows(token);
      const found = isKnown ? [token] : unknown(token);
      const isUnknown = !isKnown && found.length === 1 && found[0] === unk_token;
      if (!(fuse_unk && isUnknown && fused)) tokens.push(...found);
      fused = isUnknown;
    }
    return tokens;
  };
};
