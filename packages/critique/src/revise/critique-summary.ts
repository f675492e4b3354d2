import { type GateName, gateNames } from '../gates/gates.js';
import { countComparisons, type SelectionSummary } from '../judge/choose-best.js';
import { addUsage, type CritiqueRow, noUsage, type Usage } from './critique-row.js';
import { principlesOf } from './revision-diversity.js';

/** Counts of one principle. */
export interface PrincipleSummary {
  /** Attempts it was drawn for, and their share of all attempts (0 to 1). */
  attempts: number;
  share: number;
  /** Attempts that no gate rejected, and their share of its attempts (0 to 1). */
  accepted: number;
  acceptance: number;
  /** Mean change of its accepted revisions: word edit distance over the longer length, 0 to 1. */
  change: number;
  /** Diversity of its accepted revisions, 0 to 1; present where {@link revisionDiversity} was called. */
  spread?: number | undefined;
}

/** Counts over the two files. A run that was stopped and started again ends with the numbers of one that was not. */
export interface CritiqueCounts {
  rows: number;
  accepted: number;
  rejected: number;
  /** Attempts that each gate rejected. */
  gates: Record<GateName, number> & Record<string, number>;
  principles: Record<string, PrincipleSummary>;
  /** Choice of the judge among samples; absent where there was nothing to choose. */
  selection?: SelectionSummary | undefined;
  usage: Usage;
}

/** Sums up rows one at a time; keeps no row. */
export const countRows = (): {
  add(row: CritiqueRow): void;
  totals(): Pick<CritiqueCounts, 'rows' | 'accepted' | 'rejected'>;
  counts(): CritiqueCounts;
} => {
  const total = { rows: 0, accepted: 0, rejected: 0 };
  const rejections = new Map<string, number>(gateNames.map(name => [name, 0]));
  const principles = new Map<string, { attempts: number; accepted: number; change: number }>();
  const usage = noUsage();
  const comparisons = countComparisons();
  let attempts = 0;

  return {
    add(row) {
      total.rows += 1;
      total[row.accepted ? 'accepted' : 'rejected'] += 1;
      addUsage(usage, row.usage);
      for (const step of row.steps) {
        if (step.gate !== '') rejections.set(step.gate, (rejections.get(step.gate) ?? 0) + 1);
        for (const comparison of step.comparisons ?? []) comparisons.add(comparison);
        for (const id of principlesOf(step.principle_id)) {
          attempts += 1;
          const principle = principles.get(id) ?? { attempts: 0, accepted: 0, change: 0 };
          principles.set(id, principle);
          principle.attempts += 1;
          if (step.gate !== '') continue;
          principle.accepted += 1;
          principle.change += step.change;
        }
      }
    },
    totals: () => ({ ...total }),
    counts() {
      const selection = comparisons.summary();
      const byId = [...principles].sort(([a], [b]) => a.localeCompare(b));
      return {
        ...total,
        gates: Object.fromEntries(rejections) as CritiqueCounts['gates'],
        principles: Object.fromEntries(
          byId.map(([id, { attempts: own, accepted, change }]) => [
            id,
            {
              attempts: own,
              share: own / attempts,
              accepted,
              acceptance: accepted / own,
              change: accepted === 0 ? 0 : change / accepted,
            },
          ]),
        ),
        ...(selection && { selection }),
        usage: { ...usage },
      };
    },
  };
};
