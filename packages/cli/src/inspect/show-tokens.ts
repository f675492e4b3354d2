import { styleText } from 'node:util';
import type { TokenKind, TokenPiece } from './token-pieces.js';

export interface ShowOptions {
  readonly colours: boolean;
  /** Writes ids behind each token. */
  readonly ids: boolean;
}

/**
 * Tokens as text for a terminal. With colours trained tokens are green, special ones bold, those cut off struck through;
 * without, [brackets] stand round runs of trained tokens and {braces} round what is cut off.
 */
export const showTokens = (pieces: readonly TokenPiece[], options: ShowOptions): string =>
  marked(pieces, options)
    .map(({ text, style }) => style(text))
    .join('');

/** Two answers beside each other, each in half of `width` columns. */
export const showBeside = (
  [left, right]: readonly [readonly TokenPiece[], readonly TokenPiece[]],
  options: ShowOptions,
  { width, titles }: { readonly width: number; readonly titles: readonly [string, string] },
): string => {
  const column = Math.max(16, Math.floor((width - GAP.length) / 2));
  const [a, b] = [left, right].map(pieces => wrapped(marked(pieces, options), column));
  const rows = Array.from({ length: Math.max(a!.length, b!.length) }, (_, i) => {
    const { text, length } = a![i] ?? { text: '', length: 0 };
    return `${text}${' '.repeat(column - length)}${GAP}${b![i]?.text ?? ''}`;
  });
  return [`${titles[0].padEnd(column)}${GAP}${titles[1]}`, ...rows].map(row => row.trimEnd()).join('\n');
};

const GAP = ' | ';

/** Text of one style, without knowing yet where lines end. */
interface Marked {
  readonly text: string;
  style(text: string): string;
}

const marked = (pieces: readonly TokenPiece[], { colours, ids: withIds }: ShowOptions): Marked[] => {
  const texts = pieces.map(({ text, ids }) => text + (withIds ? ids.map(id => `‹${id}›`).join('') : ''));
  if (colours) {
    return pieces.map(({ kind, special }, i) => ({
      text: texts[i]!,
      style: text => coloured(text, kind, special),
    }));
  }
  const plain = (text: string): Marked => ({ text, style: given => given });
  let open: TokenKind = 'masked';
  const parts = pieces.map(({ kind }, i) => {
    const border = kind === open ? '' : `${closing[open]}${opening[kind]}`;
    open = kind;
    return plain(border + texts[i]!);
  });
  return [...parts, plain(closing[open])];
};

const opening: Record<TokenKind, string> = { trained: '[', masked: '', cut: '{' };
const closing: Record<TokenKind, string> = { trained: ']', masked: '', cut: '}' };

const styles = { trained: 'green', masked: 'dim', cut: 'strikethrough' } as const;

// A style that spans a line end would colour the rest of the terminal's line.
const coloured = (piece: string, kind: TokenKind, special: boolean): string =>
  piece
    .split('\n')
    .map(part => part && styleText(special ? [styles[kind], 'bold'] : styles[kind], part))
    .join('\n');

/** Lines of at most `width` characters, broken at line ends, and inside a token only where it fills a line alone. */
const wrapped = (parts: readonly Marked[], width: number): { text: string; length: number }[] => {
  const lines = [{ text: '', length: 0 }];
  for (const { text, style } of parts) {
    text.split('\n').forEach((part, i) => {
      if (i > 0) lines.push({ text: '', length: 0 });
      let rest = [...part];
      while (rest.length) {
        let line = lines.at(-1)!;
        if (line.length + rest.length > width && line.length > 0) {
          line = { text: '', length: 0 };
          lines.push(line);
        }
        const taken = rest.slice(0, width);
        line.text += style(taken.join(''));
        line.length += taken.length;
        rest = rest.slice(width);
      }
    });
  }
  return lines;
};
