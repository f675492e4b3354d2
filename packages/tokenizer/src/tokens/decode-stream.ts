/** Turns ids into text one at a time. */
export interface DecodeStream {
  /** Takes the next id; returns the text that is now certain, often one token's, sometimes none. */
  push(id: number): string;
  /** The text held back so far, once no further id comes. */
  end(): string;
}

/**
 * The texts a stream returns, joined, are the text of all ids. A character whose bytes are split over tokens is held
 * back until it is whole.
 *
 * @param decode text of some ids
 */
export const createDecodeStream = (decode: (ids: readonly number[]) => string): DecodeStream => {
  // Decoders look at neighbours (a first space is dropped), so each id is decoded behind the ids already shown.
  let shown: number[] = [];
  let pending: number[] = [];
  const take = (final: boolean): string => {
    const before = shown.length ? decode(shown) : '';
    const text = decode([...shown, ...pending]);
    if (!final && (text.endsWith('\uFFFD') || text.length <= before.length)) return '';
    shown = pending;
    pending = [];
    return text.slice(before.length);
  };
  return {
    push(id) {
      pending.push(id);
      return take(false);
    },
    end: () => (pending.length ? take(true) : ''),
  };
};
