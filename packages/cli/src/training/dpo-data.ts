import type { DpoCounts } from '@charter/dpo';
import { endTokenRemark } from './sft-data.js';

const count = (n: number) => n.toLocaleString('en-US');

/** What became of the pairs, as the header of a run. */
export const describeDpoData = (counts: DpoCounts): string => {
  const { rows, truncated, dropped, identical, prefix_mismatches, tokens, longest } = counts;
  const remarks = [
    `the end token is ${endTokenRemark(counts.eos_in_loss, 2 * (rows - dropped))}${counts.eos_in_loss ? ' answers' : ''}`,
    truncated && `${count(truncated)} cut to max_length (the longest has ${count(longest)})`,
    dropped && `${count(dropped)} left out: the prompt alone fills max_length`,
    identical && `${count(identical)} with equal answers, which teach nothing`,
    prefix_mismatches && `${count(prefix_mismatches)} whose prompt's last tokens merge with an answer`,
  ].filter(Boolean);
  return `${count(rows)} pairs, ${count(tokens)} tokens; ${remarks.join('; ')}`;
};
