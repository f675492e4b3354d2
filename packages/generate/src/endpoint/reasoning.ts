/** An answer and the thinking that came before it. */
export interface Reasoned {
  text: string;
  reasoning: string;
}

const OPEN = '<think>';
const CLOSE = '</think>';

/**
 * The thinking in an answer of a chat, as servers without a parser for it leave it in the text: between `<think>` and
 * `</think>`, or before `</think>` where the template wrote the first tag into the prompt.
 */
export const splitReasoning = (content: string): Reasoned => {
  const end = content.indexOf(CLOSE);
  const start = content.trimStart();
  if (end >= 0) {
    return {
      text: content.slice(end + CLOSE.length).trimStart(),
      reasoning: content.slice(0, end).replace(OPEN, '').trim(),
    };
  }
  return start.startsWith(OPEN)
    ? { text: '', reasoning: start.slice(OPEN.length).trim() }
    : { text: content, reasoning: '' };
};

/** Pieces of a streamed answer without the thinking at its start. */
export interface ReasoningFilter {
  /** Takes a piece; returns what of the answer became certain with it. */
  push(piece: string): string;
  /** Text held back, once no further piece comes. */
  end(): string;
}

/** Holds back a text that begins with `<think>` until `</think>` has come. */
export const createReasoningFilter = (): ReasoningFilter => {
  let held: string | undefined = '';
  const take = (final: boolean): string => {
    const start = held!.trimStart();
    const maybe = final ? start.startsWith(OPEN) : OPEN.startsWith(start) || start.startsWith(OPEN);
    if (maybe && !held!.includes(CLOSE)) return '';
    const { text } = splitReasoning(held!);
    // White space behind the thinking is dropped, also where it comes in later pieces.
    if (text === '' && held!.includes(CLOSE)) return '';
    held = undefined;
    return text;
  };
  return {
    push(piece) {
      if (held === undefined) return piece;
      held += piece;
      return take(false);
    },
    end: () => (held === undefined ? '' : take(true)),
  };
};
