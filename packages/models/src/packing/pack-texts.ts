import { int32, type Tensor } from '@charter/tensor';
import type { ModelConfig } from '../config/model-config.js';
import { prefixStableUpTo, rotaryFeeds } from '../rope/rotary-feeds.js';
import { ATTENTION_BLOCKS } from './packed-inputs.js';

/** Token ids in order. */
export interface PackableText {
  readonly ids: readonly number[];
  /** Length of the text that begins with these tokens, where rotary frequencies depend on it; default: their number. */
  readonly length?: number | undefined;
}

export interface PackOptions {
  /** The model that the texts are for: some read more than ids and positions. */
  readonly config?: ModelConfig | undefined;
  /** Lay short texts side by side in the rows of attention; default true. */
  readonly packing?: boolean | undefined;
  /** Compute a beginning that texts have in common once; default true. */
  readonly sharing?: boolean | undefined;
}

type PackedInput =
  | 'input_ids'
  | 'position_ids'
  | 'token_slots'
  | 'slot_tokens'
  | 'own_tokens'
  | 'segments'
  | 'copy_slots'
  | 'copy_tokens';

export interface PackedTexts {
  /** For the inputs of `packedInputs`, and those that `rotaryFeeds` computes. */
  readonly feeds: Readonly<
    Record<PackedInput, Tensor<'int32'>> & Record<string, Tensor<'int32' | 'float32'>>
  >;
  /** For each text the numbers of its tokens, which are rows of what `decoder` returns. */
  readonly paths: readonly (readonly number[])[];
}

/**
 * Texts laid out for one batch, none of their tokens twice: what texts have in common from their first token
 * on stands once among the tokens, `[tokens]`. In the rows of attention, `[rows, time]`, each text stands whole.
 */
export const packTexts = (
  texts: readonly PackableText[],
  { config, packing = true, sharing = true }: PackOptions = {},
): PackedTexts => {
  const tree = new TokenTree();
  const lengthMatters = config !== undefined && Number.isFinite(prefixStableUpTo(config));
  const laid: LaidText[] = texts.map(({ ids, length = ids.length }, i) =>
    tree.add(ids, length, sharing ? (lengthMatters ? length : 0) : i),
  );
  // An engine wants to see something.
  const placed = tree.ids.length ? laid.filter(({ known }) => !known) : [tree.add([0], 1, 0)];
  const longest = Math.max(...placed.map(({ path }) => path.length));
  const rows = packing ? bestFit(placed, longest) : placed.map(text => [text]);
  const grid = new AttentionGrid(tree.ids.length, rows);
  const tokens = (values: readonly number[]) => int32(values, [values.length]);
  return {
    feeds: {
      input_ids: tokens(tree.ids),
      position_ids: tokens(tree.positions),
      ...grid.feeds(),
      ...(config &&
        rotaryFeeds(config, {
          shape: [tree.ids.length],
          positions: Int32Array.from(tree.positions),
          lengths: Int32Array.from(tree.lengths),
        })),
    },
    paths: laid.map(({ path }) => path),
  };
};

/** A text among the tokens. */
interface LaidText {
  readonly path: readonly number[];
  /** True when all its tokens were there before it. */
  readonly known: boolean;
}

/** Tokens by what stands before them. */
class TokenTree {
  readonly ids: number[] = [];
  readonly positions: number[] = [];
  readonly lengths: number[] = [];
  readonly #next = new Map<string, number>();

  /** @param root texts of different roots share nothing */
  add(ids: readonly number[], length: number, root: number): LaidText {
    const path: number[] = [];
    const had = this.ids.length;
    let before = `root ${root}`;
    ids.forEach((id, position) => {
      const key = `${before} ${id}`;
      let token = this.#next.get(key);
      if (token === undefined) {
        token = this.ids.length;
        this.#next.set(key, token);
        this.ids.push(id);
        this.positions.push(position);
        this.lengths.push(length);
      }
      path.push(token);
      before = `${token}`;
    });
    return { path, known: had === this.ids.length };
  }
}

/** Best-fit decreasing: each text goes into the fullest row that still has room for its keys. */
const bestFit = (texts: readonly LaidText[], capacity: number): LaidText[][] => {
  const rows: { members: LaidText[]; free: number }[] = [];
  const longestFirst = [...texts].sort((a, b) => b.path.length - a.path.length);
  for (const text of longestFirst) {
    const { length } = text.path;
    const [fullest] = rows.filter(row => row.free >= length).sort((a, b) => a.free - b.free);
    if (fullest) {
      fullest.members.push(text);
      fullest.free -= length;
    } else rows.push({ members: [text], free: capacity - length });
  }
  return rows.map(row => row.members);
};

/** Slots of tokens in the rows of attention. */
class AttentionGrid {
  readonly #shape: readonly number[];
  readonly #slotTokens: Int32Array<ArrayBuffer>;
  readonly #ownTokens: Int32Array<ArrayBuffer>;
  readonly #segments: Int32Array<ArrayBuffer>;
  readonly #tokenSlots: Int32Array<ArrayBuffer>;
  readonly #copies: { slot: number; token: number }[] = [];

  constructor(tokens: number, rows: readonly (readonly LaidText[])[]) {
    const longest = Math.max(...rows.map(row => row.reduce((n, { path }) => n + path.length, 0)));
    const block = Math.ceil(longest / ATTENTION_BLOCKS);
    const time = ATTENTION_BLOCKS * block;
    this.#shape = [rows.length, ATTENTION_BLOCKS, block];
    this.#slotTokens = new Int32Array(rows.length * time);
    this.#ownTokens = this.#slotTokens.slice().fill(-1);
    this.#segments = this.#slotTokens.slice().fill(-1);
    this.#tokenSlots = new Int32Array(tokens).fill(-1);
    rows.forEach((members, row) => {
      let slot = row * time;
      members.forEach(({ path }, segment) => {
        for (const token of path) this.#place(token, slot++, segment);
      });
    });
  }

  feeds(): Record<Exclude<PackedInput, 'input_ids' | 'position_ids'>, Tensor<'int32'>> {
    const copies = this.#copies.length ? this.#copies : [{ slot: -1, token: 0 }];
    return {
      token_slots: int32(this.#tokenSlots),
      slot_tokens: int32(this.#slotTokens, this.#shape),
      own_tokens: int32(this.#ownTokens, this.#shape),
      segments: int32(this.#segments, this.#shape),
      copy_slots: int32(copies.map(({ slot }) => slot)),
      copy_tokens: int32(copies.map(({ token }) => token)),
    };
  }

  #place(token: number, slot: number, segment: number): void {
    this.#slotTokens[slot] = token;
    this.#segments[slot] = segment;
    if (this.#tokenSlots[token] !== -1) {
      this.#copies.push({ slot, token });
      return;
    }
    this.#tokenSlots[token] = slot;
    this.#ownTokens[slot] = token;
  }
}
