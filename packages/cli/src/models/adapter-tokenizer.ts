import { type LoadedModel, withAdapterTokenizer as withOwnTokenizer } from '@charter/models';
import type { LoadTokenizerOptions } from '@charter/tokenizer';
import type { CommandContext } from '../command-line/command.js';

/** The model with the tokenizer beside an adapter, and a note where that brings another chat template. */
export const withAdapterTokenizer = async <M extends LoadedModel>(
  model: M,
  adapter: string,
  { terminal }: Pick<CommandContext, 'terminal'>,
  template: Omit<LoadTokenizerOptions, 'vocab_size'> = {},
): Promise<M> => {
  const adapted = await withOwnTokenizer(model, adapter, template);
  if (adapted.tokenizer.chatTemplate !== model.tokenizer.chatTemplate) {
    terminal.note(`${adapter}: its own chat template is used, not that of the model.`);
  }
  return adapted;
};
