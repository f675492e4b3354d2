import { type ModelConfig, rotaryFeeds } from '@charter/models';
import { type Graph, int32, type Tensor, type Value } from '@charter/tensor';

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

type PackedInput = 'input_ids' | 'position_ids' | 'segment_ids' | 'branch_ids' | 'label_index' | 'labels';

export interface PackedBatch {
  /**
   * `input_ids`, `position_ids`, `segment_ids`, `branch_ids`: int32 `[rows, time]`; `label_index`, `labels`: int32
   * `[labels]`. Padding has segment -1. `label_index` is the flat position (row · time + column) that predicts the label.
   * Besides, what `rotaryFeeds` of @charter/models adds for this model.
   */
  readonly feeds: Readonly<
    Record<PackedInput, Tensor<'int32'>> & Record<string, Tensor<'int32' | 'float32'>>
  >;
  readonly ranges: readonly LabelRange[];
  /** Tokens that are not padding, with the prefix counted once for each branch, as TRL's `num_tokens` does. */
  readonly tokens: number;
}

const treeLength = (tree: TokenTree): number =>
  tree.prefix.length + tree.branches.reduce((n, branch) => n + branch.ids.length, 0);

/**
 * Lays examples side by side in rows as long as the longest of them, instead of padding each to a row of its own.
 * Segment ids keep them apart, so the result is the same as without packing.
 *
 * @param options.packing false: one example a row
 * @param options.config the model that the batch is for: some read more than ids and places. To them a tree is as long
 *   as its longest branch with the prefix.
 */
export const packBatch = (
  trees: readonly TokenTree[],
  { packing, config }: { packing: boolean; config?: ModelConfig },
): PackedBatch => {
  const lengths = trees.map(treeLength);
  const time = Math.max(1, ...lengths);
  const rows = packing ? bestFit(lengths, time) : trees.map((_, i) => [i]);
  const grid = () => new Int32Array(rows.length * time);
  const [input_ids, position_ids, segment_ids, branch_ids] = [grid(), grid(), grid().fill(-1), grid()];
  const text_lengths = grid();
  const labels: number[] = [];
  const labelIndex: number[] = [];
  const ranges: LabelRange[] = [];
  rows.forEach((members, row) => {
    let at = row * time;
    for (const member of members) {
      const { prefix, branches } = trees[member]!;
      const length = prefix.length + Math.max(0, ...branches.map(({ ids }) => ids.length));
      const put = (id: number, position: number, branch: number) => {
        input_ids[at] = id;
        position_ids[at] = position;
        segment_ids[at] = member;
        branch_ids[at] = branch;
        text_lengths[at] = length;
        return at++;
      };
      let last = -1;
      prefix.forEach((id, position) => {
        last = put(id, position, 0);
      });
      branches.forEach(({ ids, labelled }, branch) => {
        const start = labels.length;
        let before = last;
        ids.forEach((id, i) => {
          if (labelled[i] && before >= 0) {
            labels.push(id);
            labelIndex.push(before);
          }
          before = put(id, prefix.length + i, branch + 1);
        });
        ranges.push({ tree: member, branch, start, end: labels.length });
      });
    }
  });
  const shape = [rows.length, time] as const;
  return {
    feeds: {
      input_ids: int32(input_ids, shape),
      position_ids: int32(position_ids, shape),
      segment_ids: int32(segment_ids, shape),
      branch_ids: int32(branch_ids, shape),
      label_index: int32(labelIndex),
      labels: int32(labels),
      ...(config && rotaryFeeds(config, { shape, positions: position_ids, lengths: text_lengths })),
    },
    ranges,
    tokens: trees
      .flatMap(({ prefix, branches }) => branches.map(({ ids }) => prefix.length + ids.length))
      .reduce((n, length) => n + length, 0),
  };
};

/** Best-fit decreasing: each example goes into the fullest row that still has room for it. */
const bestFit = (lengths: readonly number[], capacity: number): number[][] => {
  const rows: { members: number[]; free: number }[] = [];
  const order = lengths.map((_, i) => i).sort((a, b) => lengths[b]! - lengths[a]! || a - b);
  for (const i of order) {
    const fitting = rows.filter(row => row.free >= lengths[i]!).sort((a, b) => a.free - b.free)[0];
    if (fitting) {
      fitting.members.push(i);
      fitting.free -= lengths[i]!;
    } else {
      rows.push({ members: [i], free: capacity - lengths[i]! });
    }
  }
  return rows.map(row => row.members);
};

/** The graph inputs that `packBatch` feeds. */
export const packedInputs = (
  graph: Graph,
): Record<'inputIds' | 'positionIds' | 'segmentIds' | 'branchIds' | 'labelIndex' | 'labels', Value> => {
  const tokens = (name: string) => graph.input(name, 'int32', ['rows', 'time']);
  const perLabel = (name: string) => graph.input(name, 'int32', ['labels']);
  return {
    inputIds: tokens('input_ids'),
    positionIds: tokens('position_ids'),
    segmentIds: tokens('segment_ids'),
    branchIds: tokens('branch_ids'),
    labelIndex: perLabel('label_index'),
    labels: perLabel('labels'),
  };
};
