import { endTokenIds, type PromptPart, type Tokenizer } from '@charter/tokenizer';
import { type TokenTree, TrainingError } from '@charter/trainer';

/** A prompt with the better and the worse answer: messages or plain text. */
export interface PreferenceRow {
  readonly prompt: PromptPart;
  readonly chosen: PromptPart;
  readonly rejected: PromptPart;
  /** JSON schemas of the tools that the chat template writes. */
  readonly tools?: readonly unknown[];
  /** Further variables of the chat template for this row. */
  readonly chat_template_kwargs?: Readonly<Record<string, unknown>>;
}

/** A tokenized pair: ids of the prompt that both answers share, and of each answer. */
export interface TokenizedPair {
  readonly prompt: readonly number[];
  readonly chosen: readonly number[];
  readonly rejected: readonly number[];
}

/** Counts of pairs and tokens, which `charter inspect` shows and a run prints before it trains. */
export interface DpoCounts {
  readonly rows: number;
  /** Pairs of which an answer was cut to `max_length`. */
  truncated: number;
  /** Left out because the prompt alone reaches `max_length`. */
  dropped: number;
  /** Pairs whose answers are the same tokens, perhaps only because of truncation: they teach nothing. */
  identical: number;
  /** Rows whose prompt, tokenized alone, is no prefix of the whole row; the answers start at the first difference. */
  prefix_mismatches: number;
  /** Tokens of prompt and answer, of both halves. */
  tokens: number;
  /** Tokens of both answers: those in the loss. */
  trained_tokens: number;
  /** Longest prompt with an answer, before it was cut. */
  longest: number;
  /** Answers, two per pair, whose end token is in the loss and was not cut off. */
  eos_in_loss: number;
}

interface TokenizePairsOptions {
  readonly max_length: number;
  /** Time that a chat template writes; default now. */
  readonly now?: Date | undefined;
}

/**
 * Tokenizes pairs as TRL prepares them: a pair is left out when its prompt alone reaches `max_length`, then each half
 * is cut to it on its own, on the right.
 *
 * @throws {TrainingError} when no pair is left
 * @see TRL 1.16 `dpo_trainer.py`, `_prepare_dataset` and `DataCollatorForPreference`
 */
export const tokenizePairs = (
  rows: readonly PreferenceRow[],
  tokenizer: Tokenizer,
  { max_length, now }: TokenizePairsOptions,
): { pairs: TokenizedPair[]; counts: DpoCounts } => {
  const counts: DpoCounts = {
    rows: rows.length,
    truncated: 0,
    dropped: 0,
    identical: 0,
    prefix_mismatches: 0,
    tokens: 0,
    trained_tokens: 0,
    longest: 0,
    eos_in_loss: 0,
  };
  const pairs: TokenizedPair[] = [];
  for (const [index, row] of rows.entries()) {
    const { promptIds, chosenIds, rejectedIds, prefixMismatch } = tokenizeRow(row, index, tokenizer, now);
    if (prefixMismatch) counts.prefix_mismatches++;
    const longest = promptIds.length + Math.max(chosenIds.length, rejectedIds.length);
    counts.longest = Math.max(counts.longest, longest);
    const answerLimit = max_length - promptIds.length;
    if (answerLimit <= 0) {
      counts.dropped++;
      continue;
    }
    if (longest > max_length) counts.truncated++;
    const pair = {
      prompt: promptIds,
      chosen: chosenIds.slice(0, answerLimit),
      rejected: rejectedIds.slice(0, answerLimit),
    };
    if (`${pair.chosen}` === `${pair.rejected}`) counts.identical++;
    for (const answer of [chosenIds, rejectedIds]) {
      const end = answer.findLastIndex(id => endTokenIds(tokenizer).includes(id));
      if (end >= 0 && end < answerLimit) counts.eos_in_loss++;
    }
    counts.trained_tokens += pair.chosen.length + pair.rejected.length;
    counts.tokens += 2 * pair.prompt.length + pair.chosen.length + pair.rejected.length;
    pairs.push(pair);
  }
  if (pairs.length === 0) {
    throw new TrainingError(
      `None of the ${rows.length} pairs has a prompt below ${max_length} tokens. ` +
        'Raise max_length, or look at a row with `charter inspect`.',
    );
  }
  return { pairs, counts };
};

const tokenizeRow = (row: PreferenceRow, index: number, tokenizer: Tokenizer, now: Date | undefined) => {
  try {
    return tokenizer.tokenizePreference(row.prompt, row.chosen, row.rejected, {
      now,
      tools: row.tools,
      chat_template_kwargs: row.chat_template_kwargs,
    });
  } catch (cause) {
    throw new TrainingError(`Row ${index + 1}: ${(cause as Error).message}`, { cause });
  }
};

/** A pair as the model computes it: the prompt once, with two answers that do not see each other. */
export const pairTree = ({ prompt, chosen, rejected }: TokenizedPair): TokenTree => ({
  prefix: prompt,
  branches: [chosen, rejected].map(ids => ({ ids, lossMask: ids.map(() => true) })),
});
