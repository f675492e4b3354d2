import type {
  ChatOptions,
  PreferenceTokens,
  PromptCompletionTokens,
  PromptPart,
  Tokenizer,
} from './tokenizer.js';
import { TokenizerError } from './tokenizer-error.js';

/**
 * Conversations: the prompt is rendered with the generation prompt, prompt and completion are rendered as one conversation, and
 * the completion starts at the first id that differs. Plain text: prompt and prompt + completion are tokenized with special
 * tokens, and EOS is written behind the completion unless it stands there already.
 *
 * @see TRL 1.16 `trainer/sft_trainer.py`, `tokenize_fn` and `data_utils.py`, `common_prefix_length`
 */
export const tokenizePromptCompletion = (
  tokenizer: Tokenizer,
  prompt: PromptPart,
  completion: PromptPart,
  options: ChatOptions = {},
): PromptCompletionTokens => {
  const promptIds = tokenizePrompt(tokenizer, prompt, options);
  const { ids, assistantMask } = tokenizeJointly(tokenizer, prompt, completion, options);
  const promptLength = commonPrefixLength(promptIds, ids);
  return {
    ids,
    promptLength,
    prefixMismatch: promptLength < promptIds.length,
    ...(assistantMask && { assistantMask }),
  };
};

/**
 * One prompt with two answers. Both completions start at the same token, the first at which either parts from the
 * prompt.
 *
 * @see TRL 1.16 `trainer/dpo_trainer.py`, `tokenize_fn`
 */
export const tokenizePreference = (
  tokenizer: Tokenizer,
  prompt: PromptPart,
  chosen: PromptPart,
  rejected: PromptPart,
  options: ChatOptions = {},
): PreferenceTokens => {
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
};

/** Number of leading ids that two rows share. */
export const commonPrefixLength = (ids: readonly number[], others: readonly number[]): number => {
  let length = 0;
  while (length < ids.length && length < others.length && ids[length] === others[length]) length += 1;
  return length;
};

const tokenizePrompt = (tokenizer: Tokenizer, prompt: PromptPart, options: ChatOptions): number[] => {
  return typeof prompt === 'string'
    ? tokenizer.encode(prompt)
    : tokenizer.applyChatTemplate(prompt, {
        ...options,
        add_generation_prompt: true,
        return_assistant_tokens_mask: false,
      }).ids;
};

const tokenizeJointly = (
  tokenizer: Tokenizer,
  prompt: PromptPart,
  completion: PromptPart,
  options: ChatOptions,
): { ids: number[]; assistantMask?: number[] } => {
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
};
