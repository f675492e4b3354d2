import { sftOptionsSchema, tokenizeSft, tokenizeSftRow } from '@charter/sft';
import type { Tokenizer } from '@charter/tokenizer';
import { z } from 'zod';
import type { CommandContext } from '../command-line/command.js';
import { type DataOptions, readAll } from '../data/data-options.js';
import { describeSftData, endTokenRemark } from '../training/sft-data.js';
import type { InspectedRow } from './inspect-page.js';
import { type ShowOptions, showTokens } from './show-tokens.js';
import { tokenPieces } from './token-pieces.js';

const { max_length, completion_only_loss, assistant_only_loss } = sftOptionsSchema.shape;

/** Options of the loss mask. */
export const textOptions = {
  'max-length': max_length,
  'completion-only-loss': completion_only_loss,
  'assistant-only-loss': assistant_only_loss,
};

const schema = z.object(textOptions);

/** Rows of a dataset with their tokens and totals. */
export interface Inspected {
  readonly rows: number;
  /** Totals in one line. */
  readonly summary: string;
  readonly totals: readonly (readonly [string, string])[];
  /** @param index from 0 */
  row(index: number): InspectedRow;
  /** The same for a terminal. */
  text(index: number, options: ShowOptions & { readonly width: number }): string;
}

const count = (n: number) => n.toLocaleString('en-US');

/** Rows as SFT tokenizes and masks them. */
export const inspectTexts = async (
  options: DataOptions & z.output<typeof schema>,
  tokenizer: Tokenizer,
  context: CommandContext,
): Promise<Inspected> => {
  const rows = await readAll('sft', options, context);
  const settings = {
    max_length: options['max-length'],
    completion_only_loss: options['completion-only-loss'],
    assistant_only_loss: options['assistant-only-loss'],
  };
  const { counts } = tokenizeSft(rows, tokenizer, settings);
  const row = (index: number) => {
    const { ids, lossMask, eosInLoss } = tokenizeSftRow(rows[index]!, tokenizer, settings);
    const trained = lossMask.slice(1, settings.max_length).filter(Boolean).length;
    return {
      number: index + 1,
      tokens: tokenPieces({ ids, lossMask, tokenizer, maxLength: settings.max_length }),
      remark: `${count(ids.length)} tokens, ${count(trained)} of them trained; the EOS token is ${
        eosInLoss ? 'trained' : 'NOT trained: the model will not learn to stop'
      }.`,
    };
  };
  return {
    rows: rows.length,
    summary: describeSftData(counts),
    totals: [
      ['rows', count(counts.rows)],
      ['tokens', count(counts.tokens)],
      ['trained tokens', count(counts.trained_tokens)],
      ['longest row', `${count(counts.longest)} tokens`],
      ['truncated to max_length', count(counts.truncated)],
      ['dropped: no trained tokens', count(counts.dropped)],
      ['prompt not a prefix', count(counts.prefix_mismatches)],
      ['EOS', endTokenRemark(counts.eos_in_loss, counts.rows - counts.dropped)],
    ],
    row,
    text: (index, show) => {
      const { tokens, remark, number } = row(index);
      return `${showTokens(tokens, show)}\n\nRow ${number}: ${remark}`;
    },
  };
};
