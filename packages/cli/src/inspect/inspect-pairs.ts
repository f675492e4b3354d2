import { tokenizePairs } from '@charter/dpo';
import type { Tokenizer } from '@charter/tokenizer';
import type { CommandContext } from '../command-line/command.js';
import { type DataOptions, readAll } from '../data/data-options.js';
import { describeDpoData } from '../training/dpo-data.js';
import { endTokenRemark } from '../training/sft-data.js';
import type { Inspected } from './inspect-texts.js';
import { showBeside, showTokens } from './show-tokens.js';
import { tokenPieces } from './token-pieces.js';

const count = (n: number) => n.toLocaleString('en-US');

/** Preference pairs as DPO tokenizes them. */
export const inspectPairs = async (
  options: DataOptions & { readonly 'max-length': number },
  tokenizer: Tokenizer,
  context: CommandContext,
): Promise<Inspected> => {
  const rows = await readAll('preference', options, context);
  const maxLength = options['max-length'];
  const { counts } = tokenizePairs(rows, tokenizer, { max_length: maxLength });
  const row = (index: number) => {
    const { prompt, chosen, rejected, tools, chat_template_kwargs } = rows[index]!;
    const { promptIds, chosenIds, rejectedIds } = tokenizer.tokenizePreference(prompt, chosen, rejected, {
      tools,
      chat_template_kwargs,
    });
    const answer = (ids: readonly number[]) =>
      tokenPieces({ ids, lossMask: ids.map(() => true), tokenizer, maxLength, prefix: promptIds.length });
    const lengths = `prompt ${count(promptIds.length)} tokens, chosen ${count(chosenIds.length)}, rejected ${count(rejectedIds.length)}`;
    const fate =
      promptIds.length >= maxLength
        ? ' The pair is DROPPED: its prompt alone fills max_length.'
        : promptIds.length + Math.max(chosenIds.length, rejectedIds.length) > maxLength
          ? ' An answer is truncated to max_length.'
          : '';
    return {
      number: index + 1,
      prompt: tokenPieces({ ids: promptIds, lossMask: promptIds.map(() => false), tokenizer, maxLength }),
      chosen: answer(chosenIds),
      rejected: answer(rejectedIds),
      remark: `${lengths}.${fate}`,
    };
  };
  return {
    rows: rows.length,
    summary: describeDpoData(counts),
    totals: [
      ['pairs', count(counts.rows)],
      ['tokens', count(counts.tokens)],
      ['trained tokens', count(counts.trained_tokens)],
      ['longest prompt with answer', `${count(counts.longest)} tokens`],
      ['truncated to max_length', count(counts.truncated)],
      ['dropped: prompt too long', count(counts.dropped)],
      ['equal answers', count(counts.identical)],
      ['prompt not a prefix', count(counts.prefix_mismatches)],
      ['EOS', endTokenRemark(counts.eos_in_loss, 2 * (counts.rows - counts.dropped))],
    ],
    row,
    text: (index, show) => {
      const { prompt, chosen, rejected, remark, number } = row(index);
      const beside = showBeside([chosen, rejected], show, {
        width: show.width,
        titles: ['chosen', 'rejected'],
      });
      return `${showTokens(prompt, show)}\n\n${beside}\n\nRow ${number}: ${remark}`;
    },
  };
};
