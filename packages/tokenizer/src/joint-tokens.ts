import type { ChatMessage } from './chat-message.js';
import type { ChatOptions, Tokenizer } from './tokenizer.js';
import { TokenizerError } from './tokenizer-error.js';

/** A prompt, or what follows one: a conversation's messages or plain text. */
export type PromptPart = readonly ChatMessage[] | string;

export interface PromptCompletionTokens {
  /** Prompt and completion, tokenized together. */
  ids: number[];
  /** How many of `ids` are the prompt; the rest is the completion. */
  promptLength: number;
  /**
   * The prompt's own ids do not begin `ids`: a token crosses the border, or the template writes the prompt differently
   * once an answer follows. The model then learns behind another prompt than it will see.
   */
  prefixMismatch: boolean;
  /** 1 for the assistant's tokens, when `return_assistant_tokens_mask` was asked for. */
  assistantMask?: number[];
}

export interface PreferenceTokens {
  promptIds: number[];
  chosenIds: number[];
  rejectedIds: number[];
  /** As in {@link PromptCompletionTokens}, for either answer. */
  prefixMismatch: boolean;
}

/**
 * Conversations: the prompt is rendered with the generation prompt, prompt and completion are rendered together, and
 * the completion starts where their ids part. Plain text: prompt and prompt + completion are tokenized with special
 * tokens, and EOS is written behind the completion unless it stands there already.
 *
 * @see TRL 1.16 `trainer/sft_trainer.py`, `tokenize_fn` and `data_utils.py`, `common_prefix_length`
 */
export function tokenizePromptCompletion(
  tokenizer: Tokenizer,
  prompt: PromptPart,
  completion: PromptPart,
  options: ChatOptions = {},
): PromptCompletionTokens {
  const promptIds = tokenizePrompt(tokenizer, prompt, options);
  const { ids, assistantMask } = tokenizeJointly(tokenizer, prompt, completion, options);
  const promptLength = commonPrefixLength(promptIds, ids);
  return {
    ids,
    promptLength,
    prefixMismatch: promptLength < promptIds.length,
    ...(assistantMask && { assistantMask }),
  };
}

/**
 * One prompt with two answers. Both completions start at the same token, the first at which either parts from the
 * prompt.
 *
 * @see TRL 1.16 `trainer/dpo_trainer.py`, `tokenize_fn`
 */
export function tokenizePreference(
  tokenizer: Tokenizer,
  prompt: PromptPart,
  chosen: PromptPart,
  rejected: PromptPart,
  options: ChatOptions = {},
): PreferenceTokens {
  const promptIds = tokenizePrompt(tokenizer, prompt, options);
  const [withChosen, withRejected] = [chosen, rejected].map(
    answer => tokenizeJointly(tokenizer, prompt, answer, options).ids,
  ) as [number[], number[]];
  const promptLength = Math.min(
    commonPrefixLength(promptIds, withChosen),
    commonPrefixLength(promptIds, withRejected),
  );
  return {
    promptIds: promptIds.slice(0, promptLength),
    chosenIds: withChosen.slice(promptLength),
    rejectedIds: withRejected.slice(promptLength),
    prefixMismatch: promptLength < promptIds.length,
  };
}

/** Number of leading ids that two rows share. */
export function commonPrefixLength(ids: readonly number[], others: readonly number[]): number {
  let length = 0;
  while (length < ids.length && length < others.length && ids[length] === others[length]) length += 1;
  return length;
}

function tokenizePrompt(tokenizer: Tokenizer, prompt: PromptPart, options: ChatOptions): number[] {
  return typeof prompt === 'string'
    ? tokenizer.encode(prompt)
    : tokenizer.applyChatTemplate(prompt, {
        ...options,
        add_generation_prompt: true,
        return_assistant_tokens_mask: false,
      }).ids;
}

function tokenizeJointly(
  tokenizer: Tokenizer,
  prompt: PromptPart,
  completion: PromptPart,
  options: ChatOptions,
): { ids: number[]; assistantMask?: number[] } {
  if (typeof prompt === 'string' && typeof completion === 'string') {
    return { ids: tokenizer.tokenizeText(prompt + completion) };
  }
  if (typeof prompt !== 'string' && typeof completion !== 'string') {
    return tokenizer.applyChatTemplate([...prompt, ...completion], {
      ...options,
      add_generation_prompt: false,
      continue_final_message: false,
    });
  }
  throw new TokenizerError(
    `The prompt is ${typeof prompt === 'string' ? 'text' : 'a list of messages'} and its completion ` +
      `${typeof completion === 'string' ? 'text' : 'a list of messages'}; make both the same.`,
  );
}
