import { type ModelConfig, type PackedTexts, packTexts } from '@charter/models';
import { int32, type Tensor } from '@charter/tensor';

/** A continuation of an example's prefix, and which of its tokens carry a label. */
export interface Branch {
  readonly ids: readonly number[];
  /** One flag a token. A labelled token is predicted from the one before it. */
  readonly labelled: readonly boolean[];
}

/**
 * Token ids with a prefix that all branches share, and which is computed once: a preference pair is a prompt with two
 * branches; a text to learn is one branch with no prefix. Tokens of a branch see the prefix and their own branch only.
 */
export interface TokenTree {
  readonly prefix: readonly number[];
  readonly branches: readonly Branch[];
}

/** Where a branch's labels stand in the batch's list of labels. */
export interface LabelRange {
  readonly tree: number;
  readonly branch: number;
  readonly start: number;
  readonly end: number;
}

export interface PackedBatch {
  /**
   * What `packTexts` of @charter/models gives, with `label_index` and `labels`, int32 `[labels]`: the row of the hidden
   * states `[tokens, hidden]` that predicts each label, and the label.
   */
  readonly feeds: PackedTexts['feeds'] & Readonly<Record<'label_index' | 'labels', Tensor<'int32'>>>;
  readonly ranges: readonly LabelRange[];
  /** Tokens of all examples, with the prefix counted once for each branch, as TRL's `num_tokens` does. */
  readonly tokens: number;
}

export interface BatchOptions {
  /** Lay short examples side by side in the rows of attention. false: each branch has a row of its own. */
  readonly packing: boolean;
  /**
   * Compute once what examples have in common from their first token on, such as a system prompt; default: as `packing`.
   */
  readonly sharing?: boolean | undefined;
  /** The model that the batch is for. To some a tree is as long as its longest branch with the prefix. */
  readonly config?: ModelConfig | undefined;
}

/**
 * Lays examples out to be computed together. What is computed is what the labels need: no padding outside of attention,
 * nothing after a branch's last label, and shared beginnings once. The results are those of each example alone.
 */
export const packBatch = (
  trees: readonly TokenTree[],
  { packing, sharing = packing, config }: BatchOptions,
): PackedBatch => {
  const branches = trees.flatMap(({ prefix, branches }, tree) => {
    const length = prefix.length + Math.max(0, ...branches.map(({ ids }) => ids.length));
    return branches.map(({ ids, labelled }, branch) => {
      const all = [...prefix, ...ids];
      const labels = labelled.flatMap((wanted, i) =>
        wanted && prefix.length + i > 0 ? [prefix.length + i] : [],
      );
      return { tree, branch, all, labels, text: { ids: all.slice(0, labels.at(-1) ?? 0), length } };
    });
  });
  const { feeds, paths } = packTexts(
    branches.map(({ text }) => text),
    { packing, sharing, config },
  );
  const labels: number[] = [];
  const labelIndex: number[] = [];
  const ranges = branches.map(({ tree, branch, all, labels: at }, i): LabelRange => {
    const start = labels.length;
    labels.push(...at.map(position => all[position]!));
    labelIndex.push(...at.map(position => paths[i]![position - 1]!));
    return { tree, branch, start, end: labels.length };
  });
  return {
    feeds: { ...feeds, label_index: int32(labelIndex), labels: int32(labels) },
    ranges,
    tokens: branches.reduce((n, { all }) => n + all.length, 0),
  };
};

/** Consecutive trees that are computed together: of no more than so many tokens, where one alone has no more. */
export const inParts = <T extends TokenTree>(trees: readonly T[], tokensAtOnce: number): T[][] => {
  const parts: T[][] = [];
  let room = -1;
  for (const tree of trees) {
    const tokens = tree.branches.reduce((n, { ids }) => n + ids.length, tree.prefix.length);
    if (tokens <= room) parts.at(-1)!.push(tree);
    else {
      parts.push([tree]);
      room = tokensAtOnce;
    }
    room -= tokens;
  }
  return parts;
};

/** The ranges of batches whose labels, and trees, are counted one batch behind the other. */
export const joinRanges = (batches: readonly Pick<PackedBatch, 'ranges'>[]): LabelRange[] => {
  const all: LabelRange[] = [];
  for (const { ranges } of batches) {
    const [labels, trees] = [all.at(-1)?.end ?? 0, (all.at(-1)?.tree ?? -1) + 1];
    for (const { tree, branch, start, end } of ranges) {
      all.push({ tree: trees + tree, branch, start: labels + start, end: labels + end });
    }
  }
  return all;
};
