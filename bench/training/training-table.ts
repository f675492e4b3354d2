import { medianAndRange } from '../median-and-range.js';
import type { Run } from './workloads.js';

/** One of the programs that `pnpm bench train` compares, with its runs of one workload. */
export interface TrainingSide {
  readonly title: string;
  readonly runs: readonly Run[];
  /** Tokens or pairs per second of each run. */
  readonly speeds: readonly number[];
}

export const gigabytes = ({ peak_rss }: Run): number => peak_rss / 1e9;
const firstStep = ({ began, started }: Run) => (began - started) / 1000;
const firstLoss = ({ ends, started }: Run) => (ends[0]! - started) / 1000;

/** Table of the sides of one workload. */
export const workloadTable = (sides: readonly TrainingSide[], unit: string): string[] => [
  '| | speed | peak memory | last loss | from the command to the first step | to its end |',
  '| --- | --- | --- | --- | --- | --- |',
  ...sides.map(({ title, runs, speeds }) =>
    [
      '',
      title,
      `${medianAndRange(speeds)} ${unit}`,
      `${medianAndRange(runs.map(gigabytes))} GB`,
      runs[0]!.losses.at(-1)!.toFixed(4),
      `${medianAndRange(runs.map(firstStep))} s`,
      `${medianAndRange(runs.map(firstLoss))} s`,
      '',
    ]
      .join(' | ')
      .trim(),
  ),
];

/** Sentences that compare the first side with each other, round by round. */
export const comparison = ([first, ...others]: readonly TrainingSide[]): string[] =>
  others.map(({ title, runs, speeds }) => {
    const gains = first!.speeds.map((speed, i) => speed / speeds[i]!);
    const memory = first!.runs.map((run, i) => gigabytes(run) / gigabytes(runs[i]!));
    const differences = first!.runs[0]!.losses.map((loss, i) => Math.abs(loss - runs[0]!.losses[i]!));
    return (
      `- ${first!.title} against ${title}: ${medianAndRange(gains)} times as fast, ${medianAndRange(memory)} times the ` +
      `memory; losses at equal steps differ by at most ${Math.max(...differences).toPrecision(1)}.`
    );
  });
