import type { Tokenizer } from '@charter/tokenizer';

/** Tokens of a row and their loss mask. */
export interface LabelledTokens {
  readonly ids: readonly number[];
  readonly lossMask: readonly boolean[];
  readonly tokenizer: Pick<Tokenizer, 'decode' | 'specialIds'>;
  /** Tokens from here on are cut off. */
  readonly maxLength: number;
  /** Tokens that come before these. */
  readonly prefix?: number | undefined;
}

export type TokenKind = 'trained' | 'masked' | 'cut';

/** A token to be shown; or several, where a character takes more than one. */
export interface TokenPiece {
  readonly text: string;
  readonly ids: readonly number[];
  readonly kind: TokenKind;
  readonly special: boolean;
}

/** A character of UTF-8 has at most 4 bytes, and a token at least one. */
const LONGEST_CHARACTER = 4;

/** Tokens as text, each with what becomes of it. */
export const tokenPieces = ({
  ids,
  lossMask,
  tokenizer,
  maxLength,
  prefix = 0,
}: LabelledTokens): TokenPiece[] => {
  // The first token is never predicted, so it is never trained.
  const kindOf = (i: number): TokenKind => {
    if (prefix + i >= maxLength) return 'cut';
    return lossMask[i] && prefix + i > 0 ? 'trained' : 'masked';
  };
  const pieces: TokenPiece[] = [];
  for (let i = 0; i < ids.length; ) {
    const kind = kindOf(i);
    let count = 1;
    while (
      tokenizer.decode(ids.slice(i, i + count)).includes('\uFFFD') &&
      count < LONGEST_CHARACTER &&
      i + count < ids.length &&
      kindOf(i + count) === kind
    )
      count++;
    const whole = ids.slice(i, i + count);
    const text = tokenizer.decode(whole);
    // Bytes that make no character together stay one token each.
    const used = text.includes('\uFFFD') ? whole.slice(0, 1) : whole;
    pieces.push({
      text: used === whole ? text : tokenizer.decode(used),
      ids: used,
      kind,
      special: tokenizer.specialIds.has(ids[i]!),
    });
    i += used.length;
  }
  return pieces;
};
