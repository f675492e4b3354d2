/** Turns ids into text, and finds stop strings in it. */
export interface TextStream {
  /** Text that is certain; final after `push` returned `stopped` or `end` was called. */
  readonly text: string;
  /** True once a stop string has come. */
  readonly stopped: boolean;
  /** Takes the next id; returns the text that became certain with it. */
  push(id: number): string;
  /** Returns the text that was held back, once no further id comes. */
  end(): string;
}

/**
 * Text up to the first stop string. Unlike transformers' `stop_strings`, which end the generation but leave the
 * stop string (and the rest of its last token) in the text, the text is cut before it; and a stop string counts only
 * inside generated text, not when it begins in the prompt.
 *
 * @param decode turns ids into text one at a time: a tokenizer's `decodeStream`
 */
export const createTextStream = (
  decode: { push(id: number): string; end(): string },
  stop: readonly string[],
): TextStream => {
  const longest = Math.max(0, ...stop.map(s => s.length));
  let text = '';
  let shown = 0;
  let stopped = false;

  const show = (to: number): string => {
    const piece = text.slice(shown, to);
    shown = Math.max(shown, to);
    return piece;
  };
  const take = (piece: string, final: boolean): string => {
    if (stopped) return '';
    const from = Math.max(0, text.length - longest);
    text += piece;
    const at = earliest(text, stop, from);
    if (at >= 0) {
      stopped = true;
      text = text.slice(0, at);
      return show(at);
    }
    return show(final ? text.length : text.length - beginnings(text, stop));
  };
  return {
    get text() {
      return text;
    },
    get stopped() {
      return stopped;
    },
    push: id => take(decode.push(id), false),
    end: () => take(decode.end(), true),
  };
};

const earliest = (text: string, stop: readonly string[], from: number): number =>
  stop.map(s => text.indexOf(s, from)).reduce((a, b) => (b >= 0 && (a < 0 || b < a) ? b : a), -1);

/** Length of the longest end of the text with which a stop string begins: it may still become one. */
const beginnings = (text: string, stop: readonly string[]): number => {
  for (
    let length = Math.min(text.length, Math.max(0, ...stop.map(s => s.length)) - 1);
    length > 0;
    length--
  ) {
    if (stop.some(s => s.length > length && text.endsWith(s.slice(0, length)))) return length;
  }
  return 0;
};
