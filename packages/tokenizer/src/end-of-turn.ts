import type { Tokenizer } from './tokenizer.js';

const ANSWER = 'charter';

/**
 * The special token that the chat template writes behind an answer: what a model trained on chats learns to stop with.
 * It is not always the tokenizer's EOS: a base model's may be `<|endoftext|>` where its template writes `<|im_end|>`.
 *
 * @returns undefined where there is no template, or where it writes no special token there
 */
export const endOfTurnId = (
  tokenizer: Pick<Tokenizer, 'chatTemplate' | 'encode' | 'renderChat' | 'specialIds'>,
): number | undefined => {
  if (tokenizer.chatTemplate === undefined) return undefined;
  let text: string;
  try {
    text = tokenizer.renderChat([
      { role: 'user', content: 'question' },
      { role: 'assistant', content: ANSWER },
    ]);
  } catch {
    // A template that refuses so plain a conversation says nothing about its ends.
    return undefined;
  }
  const behind = text.slice(text.lastIndexOf(ANSWER) + ANSWER.length).trimStart();
  const [first] = tokenizer.encode(behind, { add_special_tokens: false });
  return first !== undefined && tokenizer.specialIds.has(first) ? first : undefined;
};
