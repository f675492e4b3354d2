import type { DpoCounts } from '@charter/dpo';
import { endTokenRemark } from './sft-data.js';

const count = (n: number) => n.toLocaleString('en-US');

/** Header of a run: counts of pairs, tokens, truncated and dropped pairs. */
export const describeDpoData = (counts: DpoCounts): string => {
  const { rows, truncated, dropped, identical, prefix_mismatches, tokens, longest } = counts;
  const remarks = [
    `the EOS token is ${endTokenRemark(counts.eos_in_loss, 2 * (rows - dropped))}${counts.eos_in_loss ? ' answers' : ''}`,
    truncated && `${count(truncated)} truncated to max_length (the longest has ${count(longest)})`,
    dropped && `${count(dropped)} dropped: the prompt alone fills max_length`,
    identical && `${count(identical)} with equal answers, which have no gradient`,
    prefix_mismatches && `${count(prefix_mismatches)} whose prompt's last tokens merge with an answer`,
  ].filter(Boolean);
  return `${count(rows)} pairs, ${count(tokens)} tokens; ${remarks.join('; ')}`;
};
