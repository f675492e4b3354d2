import { styleText } from 'node:util';
import type { Tokenizer } from '@charter/tokenizer';

interface Tokens {
  readonly ids: readonly number[];
  readonly labelled: readonly boolean[];
  readonly tokenizer: Pick<Tokenizer, 'decode' | 'specialIds'>;
  /** Tokens from here on are cut off. */
  readonly maxLength: number;
}

type Kind = 'trained' | 'masked' | 'cut';

/**
 * Tokens as text for a terminal. With colours trained tokens are green, special ones bold, those cut off struck through;
 * without, [brackets] stand round runs of trained tokens and {braces} round what is cut off.
 */
export const showTokens = (
  { ids, labelled, tokenizer, maxLength }: Tokens,
  { colours, ids: withIds }: { colours: boolean; ids: boolean },
): string => {
  // The first token is never predicted, so it is never trained.
  const kindOf = (i: number): Kind => (i >= maxLength ? 'cut' : labelled[i] && i > 0 ? 'trained' : 'masked');
  let text = '';
  let open: Kind = 'masked';
  ids.forEach((id, i) => {
    const kind = kindOf(i);
    const piece = tokenizer.decode([id]) + (withIds ? `‹${id}›` : '');
    if (colours) {
      text += coloured(piece, kind, tokenizer.specialIds.has(id));
      return;
    }
    if (kind !== open) text += `${closing[open]}${opening[kind]}`;
    open = kind;
    text += piece;
  });
  return colours ? text : text + closing[open];
};

const opening: Record<Kind, string> = { trained: '[', masked: '', cut: '{' };
const closing: Record<Kind, string> = { trained: ']', masked: '', cut: '}' };

const styles = { trained: 'green', masked: 'dim', cut: 'strikethrough' } as const;

// A style that spans a line end would colour the rest of the terminal's line.
const coloured = (piece: string, kind: Kind, special: boolean): string =>
  piece
    .split('\n')
    .map(part => part && styleText(special ? [styles[kind], 'bold'] : styles[kind], part))
    .join('\n');
