import type { SftCounts } from '@charter/sft';

const count = (n: number) => n.toLocaleString('en-US');

/** Whether the model learns to stop: how many texts, of all, have their end token in the loss. */
export const endTokenRemark = (inLoss: number, all: number): string => {
  if (inLoss === all) return 'in the loss of all';
  return inLoss === 0
    ? 'in the loss of NONE: the model would not learn to stop'
    : `in the loss of ${count(inLoss)} of ${count(all)}`;
};

/** What became of the rows, as the header of a run. */
export const describeSftData = (counts: SftCounts): string => {
  const { rows, truncated, dropped, prefix_mismatches, tokens, trained_tokens, longest } = counts;
  const remarks = [
    `the end token is ${endTokenRemark(counts.eos_in_loss, rows - dropped)}`,
    truncated && `${count(truncated)} cut to max_length (the longest has ${count(longest)})`,
    dropped && `${count(dropped)} left out: nothing to learn in them`,
    prefix_mismatches && `${count(prefix_mismatches)} whose prompt's last tokens merge with the answer`,
  ].filter(Boolean);
  return `${count(rows)} rows, ${count(tokens)} tokens, ${count(trained_tokens)} of them trained; ${remarks.join('; ')}`;
};
