import type { Message } from '@charter/core';

/** One line of the output: a preference pair as TRL reads it, and how sure the judge was. */
export interface LabelRow {
  /** Number of the pair in its stream. */
  index: number;
  id: string;
  prompt: Message[];
  chosen: Message[];
  rejected: Message[];
  /** The judge's probability (0.5 to 1) that `chosen` is the better answer, position bias cancelled. */
  probability: number;
  /** Log-odds (nats) by which the judge favours whichever answer stands first; 0 is none. */
  position_bias: number;
  /** True when both orders of asking named the same answer. */
  consistent: boolean;
  /** Which answer of the pair was chosen; of a critique row, b is the revision. */
  preferred: 'a' | 'b';
  /** False for a pair within `min_margin`. */
  decided: boolean;
  principle_id: string;
  key: string;
  seed: number;
  judge: string;
}

/** Counts over the two files. */
export interface LabelCounts {
  labelled: number;
  undecided: number;
  /** Share of the labelled pairs in which b (the revision) was chosen, 0 to 1. */
  preferred_b: number;
  /** Mean of `position_bias` over all pairs, in nats. */
  position_bias: number;
  /** Share of all pairs that are `consistent`, 0 to 1. */
  consistency: number;
  /** Per principle: pairs it was drawn for, and the share of its labelled pairs in which b was chosen. */
  principles: Record<string, { pairs: number; preferred_b: number }>;
}

/** Sums up rows one at a time; keeps no row. */
export const countLabels = (): { add(row: LabelRow): void; counts(): LabelCounts } => {
  const total = { pairs: 0, labelled: 0, b: 0, bias: 0, consistent: 0 };
  const principles = new Map<string, { pairs: number; labelled: number; b: number }>();
  const share = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);
  return {
    add({ principle_id, decided, preferred, position_bias, consistent }) {
      const principle = principles.get(principle_id) ?? { pairs: 0, labelled: 0, b: 0 };
      principles.set(principle_id, principle);
      for (const sums of [total, principle]) {
        sums.pairs += 1;
        if (decided) sums.labelled += 1;
        if (decided && preferred === 'b') sums.b += 1;
      }
      total.bias += position_bias;
      if (consistent) total.consistent += 1;
    },
    counts: () => ({
      labelled: total.labelled,
      undecided: total.pairs - total.labelled,
      preferred_b: share(total.b, total.labelled),
      position_bias: share(total.bias, total.pairs),
      consistency: share(total.consistent, total.pairs),
      principles: Object.fromEntries(
        [...principles]
          .sort(([a], [b]) => a.localeCompare(b))
          .map(([id, { pairs, labelled, b }]) => [id, { pairs, preferred_b: share(b, labelled) }]),
      ),
    }),
  };
};
