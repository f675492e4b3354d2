import { int32, type Tensor } from '@charter/tensor';
import type { ModelConfig } from './model-config.js';
import { alikeUpTo, rotaryFeeds } from './rotary-feeds.js';

/** Token ids in order. */
export interface PackableText {
  readonly ids: readonly number[];
  /** How long the text is of which these are the first tokens, where rotary frequencies depend on it; default: as long. */
  readonly length?: number | undefined;
}

export interface PackOptions {
  /** The model that the texts are for: some read more than ids and places. */
  readonly config?: ModelConfig | undefined;
  /** Lay short texts side by side in the rows of attention; default true. */
  readonly packing?: boolean | undefined;
  /** Compute a beginning that texts have in common once; default true. */
  readonly sharing?: boolean | undefined;
}

type PackedInput =
  | 'input_ids'
  | 'position_ids'
  | 'query_slots'
  | 'key_slots'
  | 'query_index'
  | 'query_segments'
  | 'key_index'
  | 'key_segments'
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
 * Lays texts out to be computed together, none of their tokens twice: what texts have in common from their first token
 * on stands once among the tokens, `[tokens]`. In the rows of attention, `[rows, queries]` and `[rows, keys]`, each text
 * has all its keys, and as queries those of its tokens that no text before it has.
 */
export const packTexts = (
  texts: readonly PackableText[],
  { config, packing = true, sharing = true }: PackOptions = {},
): PackedTexts => {
  const tree = new TokenTree();
  const lengthMatters = config !== undefined && Number.isFinite(alikeUpTo(config));
  const laid: LaidText[] = texts.map(({ ids, length = ids.length }, i) =>
    tree.add(ids, length, sharing ? (lengthMatters ? length : 0) : i),
  );
  // An engine wants to see something.
  const placed = tree.ids.length ? laid.filter(({ own }) => own > 0) : [tree.add([0], 1, 0)];
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

/** A text among the tokens; the last `own` of its path came with it. */
interface LaidText {
  readonly path: readonly number[];
  readonly own: number;
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
    let own = 0;
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
        own++;
      }
      path.push(token);
      before = `${token}`;
    });
    return { path, own };
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

const NOBODY = { query: -2, key: -1 } as const;

/** Where tokens stand in the rows of attention. */
class AttentionGrid {
  readonly #queries: Int32Array<ArrayBuffer>;
  readonly #querySegments: Int32Array<ArrayBuffer>;
  readonly #keys: Int32Array<ArrayBuffer>;
  readonly #keySegments: Int32Array<ArrayBuffer>;
  readonly #querySlots: Int32Array<ArrayBuffer>;
  readonly #keySlots: Int32Array<ArrayBuffer>;
  readonly #copies: { slot: number; token: number }[] = [];
  readonly #rows: number;

  constructor(tokens: number, rows: readonly (readonly LaidText[])[]) {
    const widest = (size: (text: LaidText) => number) =>
      Math.max(...rows.map(row => row.reduce((n, text) => n + size(text), 0)));
    const [queries, keys] = [widest(({ own }) => own), widest(({ path }) => path.length)];
    this.#rows = rows.length;
    this.#queries = new Int32Array(rows.length * queries).fill(-1);
    this.#querySegments = this.#queries.slice().fill(NOBODY.query);
    this.#keys = new Int32Array(rows.length * keys);
    this.#keySegments = this.#keys.slice().fill(NOBODY.key);
    this.#querySlots = new Int32Array(tokens).fill(-1);
    this.#keySlots = new Int32Array(tokens).fill(-1);
    rows.forEach((members, row) => {
      let [query, key] = [row * queries, row * keys];
      members.forEach(({ path, own }, segment) => {
        for (const token of path) this.#placeKey(token, key++, segment);
        path.slice(path.length - own).forEach(token => {
          this.#queries[query] = token;
          this.#querySegments[query] = segment;
          this.#querySlots[token] = query++;
        });
      });
    });
  }

  feeds(): Record<Exclude<PackedInput, 'input_ids' | 'position_ids'>, Tensor<'int32'>> {
    const inRows = (data: Int32Array<ArrayBuffer>) => int32(data, [this.#rows, data.length / this.#rows]);
    const copies = this.#copies.length ? this.#copies : [{ slot: -1, token: 0 }];
    return {
      query_slots: int32(this.#querySlots),
      key_slots: int32(this.#keySlots),
      query_index: inRows(this.#queries),
      query_segments: inRows(this.#querySegments),
      key_index: inRows(this.#keys),
      key_segments: inRows(this.#keySegments),
      copy_slots: int32(copies.map(({ slot }) => slot)),
      copy_tokens: int32(copies.map(({ token }) => token)),
    };
  }

  #placeKey(token: number, slot: number, segment: number): void {
    this.#keys[slot] = token;
    this.#keySegments[slot] = segment;
    if (this.#keySlots[token] === -1) this.#keySlots[token] = slot;
    else this.#copies.push({ slot, token });
  }
}
