import { type ChatMessage, endTokenIds, type Tokenizer } from '@charter/tokenizer';
import { TrainingError } from '@charter/trainer';
import type { SftOptions } from './sft-options.js';

/** A training row: a conversation, a prompt with its completion, or plain text. */
export type SftRow = (
  | { readonly messages: readonly ChatMessage[] }
  | { readonly prompt: readonly ChatMessage[] | string; readonly completion: readonly ChatMessage[] | string }
  | { readonly text: string }
) & {
  /** JSON schemas of the tools that the chat template writes. */
  readonly tools?: readonly unknown[];
  /** Further variables of the chat template for this row. */
  readonly chat_template_kwargs?: Readonly<Record<string, unknown>>;
};

/** A tokenized row: token ids and their loss mask. */
export interface SftExample {
  readonly ids: readonly number[];
  readonly lossMask: readonly boolean[];
}

/** Counts of rows and tokens, which `charter inspect` shows and a run prints before it trains. */
export interface SftCounts {
  readonly rows: number;
  /** Cut to `max_length`. */
  truncated: number;
  /** Left out because no token with a loss remained. */
  dropped: number;
  /** Rows whose prompt, tokenized alone, is no prefix of the whole row; the completion starts at the first difference. */
  prefix_mismatches: number;
  tokens: number;
  trained_tokens: number;
  longest: number;
  /** Rows whose end token is in the loss, and was not cut off: they teach the model to stop. */
  eos_in_loss: number;
}

interface TokenizeOptions
  extends Pick<SftOptions, 'max_length' | 'completion_only_loss' | 'assistant_only_loss'> {
  /** Time that a chat template writes; default now. */
  readonly now?: Date | undefined;
}

/**
 * Tokenizes rows as TRL prepares them: EOS behind plain text only, chats by their template, cut on the right to
 * `max_length`, rows without a token in the loss left out.
 *
 * @throws {TrainingError} when no row is left, or `assistant_only_loss` meets plain text
 * @see TRL 1.16 `sft_trainer.py`, `_prepare_dataset`
 */
export const tokenizeSft = (
  rows: readonly SftRow[],
  tokenizer: Tokenizer,
  options: TokenizeOptions,
): { examples: SftExample[]; counts: SftCounts } => {
  const counts: SftCounts = {
    rows: rows.length,
    truncated: 0,
    dropped: 0,
    prefix_mismatches: 0,
    tokens: 0,
    trained_tokens: 0,
    longest: 0,
    eos_in_loss: 0,
  };
  const examples: SftExample[] = [];
  for (const [index, row] of rows.entries()) {
    const { ids, lossMask, prefixMismatch, eosInLoss } = rowOrError(index, () =>
      tokenizeSftRow(row, tokenizer, options),
    );
    if (prefixMismatch) counts.prefix_mismatches++;
    counts.longest = Math.max(counts.longest, ids.length);
    if (ids.length > options.max_length) counts.truncated++;
    const example = {
      ids: ids.slice(0, options.max_length),
      lossMask: lossMask.slice(0, options.max_length),
    };
    // The first token is never predicted.
    const trained = example.lossMask.slice(1).filter(Boolean).length;
    if (trained === 0) {
      counts.dropped++;
      continue;
    }
    counts.tokens += example.ids.length;
    counts.trained_tokens += trained;
    if (eosInLoss) counts.eos_in_loss++;
    examples.push(example);
  }
  if (examples.length === 0) {
    throw new TrainingError(
      `None of the ${rows.length} rows has a token to train on within ${options.max_length} tokens. ` +
        'Raise max_length, or look at a row with `charter inspect`.',
    );
  }
  return { examples, counts };
};

const rowOrError = <T>(index: number, tokenize: () => T): T => {
  try {
    return tokenize();
  } catch (cause) {
    throw new TrainingError(`Row ${index + 1}: ${(cause as Error).message}`, { cause });
  }
};

const plainText = 'assistant_only_loss needs messages, but this is plain text.';

/** One row before truncation: its ids and loss mask; `eosInLoss` is true when its last end token has a loss within `max_length`. */
export const tokenizeSftRow = (
  row: SftRow,
  tokenizer: Tokenizer,
  options: TokenizeOptions,
): SftExample & { prefixMismatch: boolean; eosInLoss: boolean } => {
  const whole = tokenizeWhole(row, tokenizer, options);
  const end = whole.ids.findLastIndex(id => endTokenIds(tokenizer).includes(id));
  return { ...whole, eosInLoss: end > 0 && end < options.max_length && whole.lossMask[end]! };
};

const tokenizeWhole = (
  row: SftRow,
  tokenizer: Tokenizer,
  { completion_only_loss, assistant_only_loss, now }: TokenizeOptions,
): SftExample & { prefixMismatch: boolean } => {
  const { tools, chat_template_kwargs } = row;
  const chat = { return_assistant_tokens_mask: assistant_only_loss, now, tools, chat_template_kwargs };
  if (completion_only_loss && !('completion' in row)) {
    throw new TrainingError(
      'completion_only_loss needs a prompt and a completion. Leave it out, or split the row.',
    );
  }
  if ('text' in row) {
    if (assistant_only_loss) throw new TrainingError(plainText);
    const ids = tokenizer.tokenizeText(row.text);
    return { ids, lossMask: ids.map(() => true), prefixMismatch: false };
  }
  if ('messages' in row) {
    const { ids, assistantMask } = tokenizer.applyChatTemplate(row.messages, chat);
    return {
      ids,
      lossMask: ids.map((_, i) => !assistant_only_loss || assistantMask![i] === 1),
      prefixMismatch: false,
    };
  }
  const { ids, promptLength, prefixMismatch, assistantMask } = tokenizer.tokenizePromptCompletion(
    row.prompt,
    row.completion,
    chat,
  );
  if (assistant_only_loss && !assistantMask) throw new TrainingError(plainText);
  const completionOnly = completion_only_loss ?? true;
  return {
    ids,
    lossMask: ids.map(
      (_, i) => (!completionOnly || i >= promptLength) && (!assistant_only_loss || assistantMask![i] === 1),
    ),
    prefixMismatch,
  };
};
