import type { SftCounts } from '@charter/sft';

const count = (n: number) => n.toLocaleString('en-US');

/** What became of the rows, as the header of a run. */
export const describeSftData = (counts: SftCounts): string => {
  const { rows, truncated, dropped, prefix_mismatches, tokens, trained_tokens, longest } = counts;
  const remarks = [
    truncated && `${count(truncated)} cut to max_length (the longest has ${count(longest)})`,
    dropped && `${count(dropped)} left out: nothing to learn in them`,
    prefix_mismatches && `${count(prefix_mismatches)} whose prompt's last tokens merge with the answer`,
  ].filter(Boolean);
  return `${count(rows)} rows, ${count(tokens)} tokens, ${count(trained_tokens)} of them trained${remarks.map(remark => `; ${remark}`).join('')}`;
};
