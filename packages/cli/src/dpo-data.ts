import type { DpoCounts } from '@charter/dpo';

const count = (n: number) => n.toLocaleString('en-US');

/** What became of the pairs, as the header of a run. */
export const describeDpoData = (counts: DpoCounts): string => {
  const { rows, truncated, dropped, tokens } = counts;
  const remarks = [
    truncated && `${count(truncated)} cut to max_length`,
    dropped && `${count(dropped)} left out: the prompt alone fills max_length`,
  ].filter(Boolean);
  return `${count(rows)} pairs, ${count(tokens)} tokens${remarks.map(remark => `; ${remark}`).join('')}`;
};
