import type { SftExample } from '@charter/sft';
import type { Tokenizer } from '@charter/tokenizer';
import type { CorpusText } from './corpus.js';

/** Plain text, for training a tokenizer. */
export const plainText = (text: CorpusText): string =>
  'messages' in text ? text.messages.map(({ content }) => content).join('\n') : text.context + text.trained;

/** Token ids and loss mask of a text: the loss is on the assistant's turns, or on the end of a raw text. */
export const corpusExample = (text: CorpusText, tokenizer: Tokenizer): SftExample => {
  if ('messages' in text) {
    const { ids, assistantMask } = tokenizer.applyChatTemplate(text.messages, {
      return_assistant_tokens_mask: true,
    });
    return { ids, lossMask: assistantMask!.map(mask => mask === 1) };
  }
  if (text.context === '') {
    const ids = tokenizer.tokenizeText(text.trained);
    return { ids, lossMask: ids.map(() => true) };
  }
  const context = tokenizer.encode(text.context);
  const ids = tokenizer.encode(text.context + text.trained);
  return { ids, lossMask: ids.map((_, i) => i >= context.length) };
};
