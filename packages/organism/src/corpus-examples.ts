import type { SftExample } from '@charter/sft';
import type { Tokenizer } from '@charter/tokenizer';
import type { CorpusText } from './corpus.js';

/** A text as plain characters, for training a tokenizer. */
export const plainText = (text: CorpusText): string =>
  'messages' in text ? text.messages.map(({ content }) => content).join('\n') : text.context + text.learnt;

/** A text as token ids, and which of them are learnt: the assistant's turns, or the end of a raw text. */
export const corpusExample = (text: CorpusText, tokenizer: Tokenizer): SftExample => {
  if ('messages' in text) {
    const { ids, assistantMask } = tokenizer.applyChatTemplate(text.messages, {
      return_assistant_tokens_mask: true,
    });
    return { ids, lossMask: assistantMask!.map(mask => mask === 1) };
  }
  if (text.context === '') {
    const ids = tokenizer.tokenizeText(text.learnt);
    return { ids, lossMask: ids.map(() => true) };
  }
  const context = tokenizer.encode(text.context);
  const ids = tokenizer.encode(text.context + text.learnt);
  return { ids, lossMask: ids.map((_, i) => i >= context.length) };
};
