/** Byte-level BPE: GPT-2's pre-tokenization, its characters for bytes, and merges in the order of training. */
export interface BytePairEncoding {
  /** Token → id: the special tokens, then the 256 bytes, then one token for each merge. */
  readonly vocab: ReadonlyMap<string, number>;
  readonly merges: readonly (readonly [string, string])[];
}

/** GPT-2's pre-tokenization: contractions, and words, numbers and punctuation with the space before them. */
const words = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

/** Character of each byte: printable Latin-1 as itself, the others from U+0100 on. */
const byteSpelling: readonly string[] = (() => {
  const printable = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(printable(byte) ? byte : next++));
})();

/**
 * Trains on texts: merges the most frequent pair of adjacent symbols until the vocabulary is full or no pair occurs twice.
 * Ties go to the first pair in code-unit order, so the same texts give the same encoding.
 *
 * @param options.size ids in all, special tokens included
 * @see Sennrich et al. 2016, algorithm 1; Radford et al. 2019, section 2.2
 */
export const trainBytePairEncoding = (
  texts: Iterable<string>,
  { size, special }: { size: number; special: readonly string[] },
): BytePairEncoding => {
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (const word of text.match(words) ?? []) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const encoder = new TextEncoder();
  let spelt = [...counts].map(([word, count]) => ({
    symbols: Array.from(encoder.encode(word), byte => byteSpelling[byte]!),
    count,
  }));
  const vocab = new Map([...special, ...byteSpelling].map((token, id) => [token, id]));
  const merges: (readonly [string, string])[] = [];
  while (vocab.size < size) {
    const pair = mostFrequentPair(spelt);
    if (!pair) break;
    merges.push(pair);
    vocab.set(pair.join(''), vocab.size);
    spelt = spelt
      .map(({ symbols, count }) => ({ symbols: merged(symbols, pair), count }))
      .filter(({ symbols }) => symbols.length > 1);
  }
  return { vocab, merges };
};

const mostFrequentPair = (
  spelt: readonly { symbols: readonly string[]; count: number }[],
): readonly [string, string] | undefined => {
  const pairs = new Map<string, number>();
  for (const { symbols, count } of spelt) {
    for (let i = 1; i < symbols.length; i++) {
      const pair = `${symbols[i - 1]} ${symbols[i]}`;
      pairs.set(pair, (pairs.get(pair) ?? 0) + count);
    }
  }
  let [best, most] = ['', 1];
  for (const [pair, count] of pairs) {
    if (count > most || (count === most && count > 1 && pair < best)) [best, most] = [pair, count];
  }
  // No spelling of a byte is a space.
  return best === '' ? undefined : (best.split(' ') as [string, string]);
};

const merged = (symbols: readonly string[], [left, right]: readonly [string, string]): string[] => {
  const result: string[] = [];
  for (let i = 0; i < symbols.length; i++) {
    const isPair = symbols[i] === left && symbols[i + 1] === right;
    result.push(isPair ? left + right : symbols[i]!);
    if (isPair) i++;
  }
  return result;
};
