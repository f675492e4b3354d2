import type { SftCounts } from '@charter/sft';

const count = (n: number) => n.toLocaleString('en-US');

/** Share of texts whose EOS token is in the loss: without it the model does not learn to stop. */
export const endTokenRemark = (inLoss: number, all: number): string => {
  if (inLoss === all) return 'in the loss of all';
  return inLoss === 0
    ? 'in the loss of NONE: the model will not learn to stop'
    : `in the loss of ${count(inLoss)} of ${count(all)}`;
};

/** Header of a run: counts of rows, tokens, truncated and dropped rows. */
export const describeSftData = (counts: SftCounts): string => {
  const { rows, truncated, dropped, prefix_mismatches, tokens, trained_tokens, longest } = counts;
  const remarks = [
    `the EOS token is ${endTokenRemark(counts.eos_in_loss, rows - dropped)}`,
    truncated && `${count(truncated)} truncated to max_length (the longest has ${count(longest)})`,
    dropped && `${count(dropped)} dropped: no trained tokens`,
    prefix_mismatches && `${count(prefix_mismatches)} whose prompt's last tokens merge with the answer`,
  ].filter(Boolean);
  return `${count(rows)} rows, ${count(tokens)} tokens, ${count(trained_tokens)} of them in the loss; ${remarks.join('; ')}`;
};
