import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type LoadTokenizerOptions, loadTokenizer } from '@charter/tokenizer';
import type { LoadedModel } from './pretrained-model.js';

/**
 * The model with the tokenizer and chat template that were saved beside an adapter, where there are some: an adapter is
 * trained on the texts that these make.
 *
 * @param adapter folder of the adapter
 * @param template as for `loadModel`; a template that is given here stays
 * @throws {TokenizerError} when those files cannot be read
 */
export const withAdapterTokenizer = async <M extends LoadedModel>(
  model: M,
  adapter: string,
  template: Omit<LoadTokenizerOptions, 'vocab_size'> = {},
): Promise<M> => {
  const [tokenizerFile, templateFile] = ['tokenizer.json', 'chat_template.jinja'].map(name =>
    join(adapter, name),
  );
  const hasTokenizer = existsSync(tokenizerFile!);
  const hasTemplate = existsSync(templateFile!);
  if (!hasTokenizer && (!hasTemplate || template.chat_template !== undefined)) return model;
  const beside = hasTemplate ? (await readFile(templateFile!, 'utf8')).replaceAll('\r\n', '\n') : undefined;
  const tokenizer = await loadTokenizer(hasTokenizer ? adapter : model.folder, {
    ...template,
    chat_template: template.chat_template ?? beside,
    vocab_size: model.config.vocab_size,
  });
  return { ...model, tokenizer };
};
