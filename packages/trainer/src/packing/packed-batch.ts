import { type ModelConfig, type PackedTexts, packTexts } from '@charter/models';
import { int32, type Tensor } from '@charter/tensor';

/** Continuation of an example's prefix, with its loss mask. */
export interface Branch {
  readonly ids: readonly number[];
  /** One flag per token: true where the token is a label, predicted from the one before it. */
  readonly lossMask: readonly boolean[];
}

/**
 * Token ids with a prefix that all branches share, and which is computed once: a preference pair is a prompt with two
 * branches; a training text is one branch with no prefix. Tokens of a branch attend to the prefix and their own branch.
 */
export interface TokenTree {
  readonly prefix: readonly number[];
  readonly branches: readonly Branch[];
}

/** Range of a branch's labels in the batch's list of labels. */
export interface LabelRange {
  readonly tree: number;
  readonly branch: number;
  readonly start: number;
  readonly end: number;
}

export interface PackedBatch {
  /**
   * Feeds of `packTexts` of @charter/models, with `label_index` and `labels`, int32 `[labels]`: the row of the hidden
   * states `[tokens, hidden]` that predicts each label, and the label.
   */
  readonly feeds: PackedTexts['feeds'] & Readonly<Record<'label_index' | 'labels', Tensor<'int32'>>>;
  readonly ranges: readonly LabelRange[];
  /** Tokens of all examples, with the prefix counted once for each branch, as TRL's `num_tokens` does. */
  readonly tokens: number;
}

export interface BatchOptions {
  /** Pack short examples into one row of attention. false: each branch has a row of its own. */
  readonly packing: boolean;
  /**
   * Compute a prefix that several examples begin with, such as a system prompt, once; default: as `packing`.
   */
  readonly sharing?: boolean | undefined;
  /** Model of the batch. To some architectures a tree is as long as its longest branch with the prefix. */
  readonly config?: ModelConfig | undefined;
}

/**
 * Packs examples into the feeds of one forward pass. It computes only what the labels need: no padding outside of
 * attention, nothing after a branch's last label, and shared prefixes once. The results are those of each example alone.
 */
export const packBatch = (
  trees: readonly TokenTree[],
  { packing, sharing = packing, config }: BatchOptions,
): PackedBatch => {
  const branches = trees.flatMap(({ prefix, branches }, tree) => {
    const length = prefix.length + Math.max(0, ...branches.map(({ ids }) => ids.length));
    return branches.map(({ ids, lossMask }, branch) => {
      const all = [...prefix, ...ids];
      const labels = lossMask.flatMap((inLoss, i) =>
        inLoss && prefix.length + i > 0 ? [prefix.length + i] : [],
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

/**
 * Consecutive trees in groups of at most `maxTokens` tokens each, unless a single tree has more.
 *
 * @param groups smallest number of groups, as far as there are trees; the groups are about equal in tokens
 */
export const splitByTokens = <T extends TokenTree>(
  trees: readonly T[],
  maxTokens: number,
  groups = 1,
): T[][] => {
  const sizes = trees.map(({ prefix, branches }) =>
    branches.reduce((n, { ids }) => n + ids.length, prefix.length),
  );
  const total = sizes.reduce((a, b) => a + b, 0);
  const split: T[][] = [];
  let left = -1;
  let before = 0;
  for (const [i, tree] of trees.entries()) {
    const tokens = sizes[i]!;
    // The group that the middle of this tree lies in, were the tokens shared out evenly.
    const due = total && Math.floor(((before + tokens / 2) / total) * groups);
    if (tokens <= left && split.length > due) split.at(-1)!.push(tree);
    else {
      split.push([tree]);
      left = maxTokens;
    }
    left -= tokens;
    before += tokens;
  }
  return split;
};

/** Ranges of several batches, with labels and trees numbered consecutively. */
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
