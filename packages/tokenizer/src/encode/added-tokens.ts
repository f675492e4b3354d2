import { SPACE } from './split-text.js';

/** A token that is found in the text before the text is cut into words. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly special?: boolean;
  /** Found only where no letter, digit or underscore touches it. */
  readonly single_word?: boolean;
  /** Takes the spaces before it, or behind it. */
  readonly lstrip?: boolean;
  readonly rstrip?: boolean;
  /** Looked for in the normalized text; default: where it is not special. */
  readonly normalized?: boolean;
}

/** A piece of a text: an added token, or text between them. */
export interface Piece {
  readonly text: string;
  readonly token?: AddedToken;
  /** True for the piece that the text begins with. */
  readonly isFirst: boolean;
}

const IS_SPACE = new RegExp(`^[${SPACE}]$`, 'u');
/** `\w` of Rust's regex, which is not Oniguruma's: that one has ² and lacks the joiners. */
const startsWithWord = (text: string): boolean =>
  /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u.test(text);

interface TrieNode {
  readonly next: Map<string, TrieNode>;
  content?: string;
}

const trieOf = (contents: Iterable<string>): TrieNode => {
  const root: TrieNode = { next: new Map() };
  for (const content of contents) {
    let node = root;
    for (const unit of content.split('')) {
      const next: TrieNode = node.next.get(unit) ?? { next: new Map() };
      node.next.set(unit, next);
      node = next;
    }
    if (content !== '') node.content = content;
  }
  return root;
};

/** The longest content that stands at a place of the text. */
const longestAt = (root: TrieNode, text: string, at: number): string | undefined => {
  let node: TrieNode | undefined = root;
  let longest: string | undefined;
  for (let i = at; node; i++) {
    longest = node.content ?? longest;
    node = i < text.length ? node.next.get(text[i]!) : undefined;
  }
  return longest;
};

/**
 * Finds added tokens in a text: leftmost first, the longest at a place; one that may not stand there is passed over
 * whole.
 *
 * @param tokens by the text to look for, which is the normalized content of normalized tokens
 * @see tokenizers 0.23 `tokenizer/added_vocabulary.rs`, `find_matches`
 */
export const addedTokenFinder = (tokens: ReadonlyMap<string, AddedToken>): ((text: string) => Piece[]) => {
  const trie = trieOf(tokens.keys());
  return text => {
    const pieces: Piece[] = [];
    let end = 0;
    const add = (start: number, stop: number, token?: AddedToken) => {
      if (stop > start)
        pieces.push({ text: text.slice(start, stop), isFirst: start === 0, ...(token && { token }) });
    };
    for (let at = 0; at < text.length; ) {
      const content = longestAt(trie, text, at);
      if (content === undefined) {
        at += 1;
        continue;
      }
      const token = tokens.get(content)!;
      let [start, stop] = [at, at + content.length];
      at = stop;
      if (token.single_word) {
        const before = [...text.slice(Math.max(0, start - 2), start)].at(-1) ?? '';
        if (startsWithWord(before) || startsWithWord(text.slice(stop, stop + 2))) continue;
      }
      if (token.lstrip) while (start > end && IS_SPACE.test(text[start - 1]!)) start -= 1;
      if (token.rstrip) while (stop < text.length && IS_SPACE.test(text[stop]!)) stop += 1;
      add(end, start);
      add(start, stop, token);
      end = stop;
      at = Math.max(at, stop);
    }
    add(end, text.length);
    return pieces;
  };
};
