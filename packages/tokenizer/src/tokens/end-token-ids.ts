import type { Tokenizer } from '../tokenizer.js';

type Ending = Pick<Tokenizer, 'chatTemplate' | 'encode' | 'eosTokenIds' | 'renderChat' | 'specialIds'>;

const ANSWER = 'charter';
const known = new WeakMap<Ending, readonly number[]>();

/**
 * Every id that ends an answer: generation_config.json's, the tokenizer's EOS, and the special token that the chat
 * template writes behind an answer, which is what a model trained on chats learns to stop with. A base model's EOS may be
 * `<|endoftext|>` where its template writes `<|im_end|>`.
 */
export const endTokenIds = (tokenizer: Ending): readonly number[] => {
  const before = known.get(tokenizer);
  if (before) return before;
  const ids = [...new Set([...tokenizer.eosTokenIds, ...endOfTurn(tokenizer)])];
  known.set(tokenizer, ids);
  return ids;
};

const endOfTurn = ({ chatTemplate, encode, renderChat, specialIds }: Ending): number[] => {
  if (chatTemplate === undefined) return [];
  let text: string;
  try {
    text = renderChat([
      { role: 'user', content: 'question' },
      { role: 'assistant', content: ANSWER },
    ]);
  } catch {
    // A template that refuses so plain a conversation says nothing about its ends.
    return [];
  }
  const behind = text.slice(text.lastIndexOf(ANSWER) + ANSWER.length).trimStart();
  return encode(behind, { add_special_tokens: false })
    .slice(0, 1)
    .filter(id => specialIds.has(id));
};
