import type { Message } from '@charter/core';
import { type ComparisonOptions, compareAnswers } from './compare-answers.js';

/** One comparison of two texts, as far as it tells how good the judge is. */
export interface JudgedComparison {
  /** Probability of the choice (0.5 to 1) in one order. */
  probability: number;
  /** True when the same text was chosen in the other order. */
  agreed: boolean;
  /** Log-odds (nats) by which it favours whichever text stands first. */
  position_bias: number;
}

export interface Choice {
  /** Index of the best. */
  best: number;
  /** Mean log-odds (nats) of each text against the others, position bias cancelled. */
  log_odds: number[];
  comparisons: JudgedComparison[];
}

/** The best of several answers: each is compared with each, in both orders; the highest mean log-odds wins. */
export const chooseBest = async (
  conversation: readonly Message[],
  texts: readonly string[],
  judging: ComparisonOptions,
): Promise<Choice> => {
  const totals = texts.map(() => 0);
  const pairs = texts.flatMap((_, i) => texts.slice(i + 1).map((__, j) => [i, i + 1 + j] as const));
  const comparisons = await Promise.all(
    pairs.map(async ([i, j]): Promise<JudgedComparison> => {
      const { log_odds, position_bias } = await compareAnswers(conversation, texts[i]!, texts[j]!, judging);
      totals[i]! += log_odds;
      totals[j]! -= log_odds;
      return {
        probability: sigmoid(Math.abs(position_bias + log_odds)),
        agreed: Math.abs(log_odds) > Math.abs(position_bias),
        position_bias,
      };
    }),
  );
  const log_odds = totals.map(total => total / Math.max(1, texts.length - 1));
  return { best: log_odds.indexOf(Math.max(...log_odds)), log_odds, comparisons };
};

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** Comparisons that the judge was about equally sure of: a good judge agrees with itself as often as it is sure. */
export interface CalibrationBin {
  /** Bounds of its `probability`. */
  from: number;
  to: number;
  comparisons: number;
  /** Mean of its `probability`. */
  probability: number;
  /** Share in which it chose the same text in the other order. */
  agreed: number;
}

export interface SelectionSummary {
  comparisons: number;
  /** Share in which both orders named the same text. */
  consistency: number;
  /** Mean of `position_bias`, in nats. */
  position_bias: number;
  /** Those with at least one comparison, from unsure to sure. */
  calibration: CalibrationBin[];
}

const BINS = 5;

/** Sums up comparisons one at a time; keeps none. */
export const countComparisons = () => {
  const bins = Array.from({ length: BINS }, () => ({ comparisons: 0, probability: 0, agreed: 0 }));
  let bias = 0;
  return {
    add({ probability, agreed, position_bias }: JudgedComparison) {
      const bin = bins[Math.min(BINS - 1, Math.floor((probability - 0.5) * 2 * BINS))]!;
      bin.comparisons += 1;
      bin.probability += probability;
      if (agreed) bin.agreed += 1;
      bias += position_bias;
    },
    /** Undefined when nothing was compared. */
    summary(): SelectionSummary | undefined {
      const total = bins.reduce((sum, { comparisons }) => sum + comparisons, 0);
      if (total === 0) return undefined;
      return {
        comparisons: total,
        consistency: bins.reduce((sum, { agreed }) => sum + agreed, 0) / total,
        position_bias: bias / total,
        calibration: bins.flatMap(({ comparisons, probability, agreed }, i) =>
          comparisons === 0
            ? []
            : {
                from: 0.5 + i / (2 * BINS),
                to: 0.5 + (i + 1) / (2 * BINS),
                comparisons,
                probability: probability / comparisons,
                agreed: agreed / comparisons,
              },
        ),
      };
    },
  };
};
