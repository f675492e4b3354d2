import { SequenceNormalizer } from '@huggingface/tokenizers';
import type { Span } from '../chat-template.js';
import { BYTE_OF_CHARACTER } from '../encode/byte-characters.js';
import { TokenizerError } from '../tokenizer-error.js';

/** Spelling rules of a `tokenizer.json` that alignment needs. */
export interface TokenSurface {
  /** Contents of added tokens; these stand for themselves. */
  added: ReadonlySet<string>;
  unknown: string | undefined;
  byteLevel: boolean;
  /** The normalizers that change characters, or undefined where none does. */
  normalize: ((text: string) => string) | undefined;
}

interface NormalizerConfig {
  type: string;
  normalizers?: NormalizerConfig[];
}

/** Reads from a parsed tokenizer.json how its tokens are spelled. */
export const tokenSurface = (json: Record<string, unknown>): TokenSurface => {
  const model = json.model as { unk_token?: string | null };
  const parts = flatten(json.normalizer as NormalizerConfig | null);
  // A prepended space is found by the alignment itself; left in, it would come before every cluster.
  const changing = parts.filter(part => part.type !== 'Prepend');
  const normalizer = changing.length
    ? new SequenceNormalizer({ type: 'Sequence', normalizers: changing } as never)
    : undefined;
  return {
    added: new Set((json.added_tokens as { content: string }[]).map(token => token.content)),
    unknown: model.unk_token ?? undefined,
    byteLevel: JSON.stringify([json.pre_tokenizer, json.decoder]).includes('"ByteLevel"'),
    normalize: normalizer && (text => normalizer.normalize(text)),
  };
};

const flatten = (normalizer: NormalizerConfig | null | undefined): NormalizerConfig[] => {
  if (!normalizer) return [];
  return normalizer.type === 'Sequence' ? (normalizer.normalizers ?? []).flatMap(flatten) : [normalizer];
};

/**
 * Where each token stands in the text. `@huggingface/tokenizers` gives no offsets, so the bytes that each token spells
 * are matched against the bytes of the text. A character split over several tokens gives each of them the whole
 * character, as in the Rust library.
 *
 * @param text the text that was tokenized
 * @param tokens its tokens as the vocabulary spells them, without those a post-processor added
 * @returns one span per token, in UTF-16 units
 * @throws {TokenizerError} when the tokens do not spell the text
 */
export const alignTokens = (text: string, tokens: readonly string[], surface: TokenSurface): Span[] => {
  const view = new TextView(text, surface);
  const { bytes } = view;
  let at = 0;
  const lostAt = (index: number) =>
    new TokenizerError(
      `The tokenizer's token ${index} (${JSON.stringify(tokens[index])}) does not spell the text at character ` +
        `${view.charStart(at)} (${JSON.stringify(text.slice(view.charStart(at), view.charStart(at) + 20))}), so it ` +
        `has no character offsets. Its normalizer changes the text in a way that cannot be followed back.`,
    );

  const spans: Span[] = [];
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index]!;
    if (token === surface.unknown && !startsWith(bytes, at, spell(token, surface))) {
      const next = tokens[index + 1];
      const nextBytes = next === undefined ? undefined : spell(next, surface);
      const start = at;
      do at = view.nextChar(at);
      while (at < bytes.length && !(nextBytes && startsWith(bytes, at, nextBytes)));
      spans.push(view.span(start, at));
      continue;
    }
    const spelled = spell(token, surface);
    let length = spelled.length;
    while (!startsWith(bytes, at, spelled)) {
      if (spelled[0] === SPACE && startsWith(bytes, at, spelled.subarray(1))) {
        length -= 1; // the tokenizer put this space in
        break;
      }
      // Whitespace beside an added token with lstrip or rstrip belongs to no token.
      if (!isSpace(bytes[at])) throw lostAt(index);
      at += 1;
    }
    // A token that is nothing but a space put in stands, as in the Rust library, for the character behind it.
    spans.push(view.span(at, length === 0 && spelled.length > 0 ? view.nextChar(at) : at + length));
    at += length;
  }
  while (isSpace(bytes[at])) at += 1;
  if (at < bytes.length) throw lostAt(tokens.length - 1);
  return spans;
};

const SPACE = 0x20;
const isSpace = (byte: number | undefined) =>
  byte === SPACE || (byte !== undefined && byte >= 9 && byte <= 13);
const utf8 = new TextEncoder();

const startsWith = (bytes: Uint8Array, at: number, part: Uint8Array): boolean => {
  if (at + part.length > bytes.length) return false;
  for (let i = 0; i < part.length; i++) if (bytes[at + i] !== part[i]) return false;
  return true;
};

/** Bytes of text that a token of the vocabulary stands for; `token` is as the vocabulary spells it. */
export const spell = (token: string, surface: TokenSurface): Uint8Array => {
  if (surface.added.has(token)) return utf8.encode(token);
  if (surface.byteLevel) return Uint8Array.from(token, char => BYTE_OF_CHARACTER.get(char) ?? 0);
  const byte = /^<0x([0-9A-F]{2})>$/.exec(token);
  if (byte) return Uint8Array.of(Number.parseInt(byte[1]!, 16));
  return utf8.encode(token.replaceAll('▁', ' ').replace(/^##(?=.)/, ''));
};

/** A text as the tokenizer reads it, byte by byte, each byte knowing the characters it came from. */
class TextView {
  readonly bytes: Uint8Array;
  readonly #start: Uint32Array;
  readonly #end: Uint32Array;
  readonly #length: number;

  constructor(text: string, surface: TokenSurface) {
    const clusters = surface.normalize ? normalizedClusters(text, surface.normalize) : codePoints(text);
    const size = clusters.reduce((sum, cluster) => sum + utf8.encode(cluster.read).length, 0);
    this.bytes = new Uint8Array(size);
    this.#start = new Uint32Array(size);
    this.#end = new Uint32Array(size);
    this.#length = text.length;
    let at = 0;
    for (const { read, start, end } of clusters) {
      // Texts of SentencePiece-like tokenizers write a space as U+2581.
      const { written } = utf8.encodeInto(
        surface.byteLevel ? read : read.replaceAll('▁', ' '),
        this.bytes.subarray(at),
      );
      this.#start.fill(start, at, at + written);
      this.#end.fill(end, at, at + written);
      at += written;
    }
    this.bytes = this.bytes.subarray(0, at);
  }

  charStart(at: number): number {
    return this.#start[at] !== undefined && at < this.bytes.length ? this.#start[at] : this.#length;
  }

  nextChar(at: number): number {
    const start = this.#start[at];
    let next = at + 1;
    while (next < this.bytes.length && this.#start[next] === start) next += 1;
    return next;
  }

  span(from: number, to: number): Span {
    const start = this.charStart(from);
    const last = Math.min(to, this.bytes.length) - 1;
    return { start, end: last >= from ? this.#end[last]! : start };
  }
}

interface Cluster {
  read: string;
  start: number;
  end: number;
}

const codePoints = (text: string): Cluster[] => {
  const clusters: Cluster[] = [];
  let start = 0;
  for (const read of text) {
    clusters.push({ read, start, end: start + read.length });
    start += read.length;
  }
  return clusters;
};

// A base with its marks, or a run of Hangul letters: normalization does not reach over these borders.
const CLUSTER = /[\u1100-\u11FF\uAC00-\uD7A3]+|\P{M}\p{M}*|\p{M}+/gsu;

const normalizedClusters = (text: string, normalize: (text: string) => string): Cluster[] => {
  const clusters: Cluster[] = [];
  for (const { 0: cluster, index } of text.matchAll(CLUSTER)) {
    const read = normalize(cluster);
    const parts = codePoints(cluster).map(part => ({
      read: normalize(part.read),
      start: index + part.start,
      end: index + part.end,
    }));
    // Only characters that were joined share their place.
    const apart = parts.map(part => part.read).join('') === read;
    clusters.push(...(apart ? parts : [{ read, start: index, end: index + cluster.length }]));
  }
  return clusters;
};
