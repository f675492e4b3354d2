import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTokenizer } from './create-tokenizer.js';
import type { Tokenizer } from './tokenizer.js';
import { TokenizerError } from './tokenizer-error.js';
import type { TokenizerConfig } from './tokens/special-tokens.js';

/** Template of every conversation, in place of the folder's own. */
export interface LoadTokenizerOptions {
  readonly chat_template?: string | undefined;
  /** Variables of the template, such as `enable_thinking`. */
  readonly chat_template_kwargs?: Readonly<Record<string, unknown>> | undefined;
  /** Rows of the model's embedding table; a token beyond it is an error in place of an id that the model lacks. */
  readonly vocab_size?: number | undefined;
}

/**
 * The tokenizer of a model folder in Hugging Face layout: tokenizer.json, and beside it, where they exist,
 * tokenizer_config.json, special_tokens_map.json, chat_template.jinja or chat_template.json,
 * additional_chat_templates/*.jinja, and generation_config.json for the list of EOS ids.
 *
 * @throws {TokenizerError} when the folder has no tokenizer.json, or one of the files cannot be read
 */
export const loadTokenizer = async (
  folder: string,
  { chat_template, chat_template_kwargs, vocab_size }: LoadTokenizerOptions = {},
): Promise<Tokenizer> => {
  const [json, config, specialMap, generation, templateJson, templateFile, additional] = await Promise.all([
    readJson(folder, 'tokenizer.json'),
    readJson(folder, 'tokenizer_config.json'),
    readJson(folder, 'special_tokens_map.json'),
    readJson(folder, 'generation_config.json'),
    readJson(folder, 'chat_template.json'),
    readText(folder, 'chat_template.jinja'),
    readAdditionalTemplates(folder),
  ]);
  if (!json) {
    throw new TokenizerError(
      `${folder} has no tokenizer.json. Expected a model folder in Hugging Face layout; a GGUF file is converted by ` +
        '@charter/checkpoint first.',
      { file: join(folder, 'tokenizer.json') },
    );
  }
  const tokenizerConfig: TokenizerConfig = { ...specialMap, ...config };
  const chatTemplate = templateFile ?? (templateJson?.chat_template as string | undefined);
  if (additional.length) {
    const own = chatTemplate ?? tokenizerConfig.chat_template;
    tokenizerConfig.chat_template = [
      ...(typeof own === 'string' ? [{ name: 'default', template: own }] : (own ?? [])),
      ...additional,
    ];
  }
  const eos = generation?.eos_token_id as number | number[] | null | undefined;
  return createTokenizer({
    tokenizerJson: json,
    tokenizerConfig,
    chatTemplate: chat_template ?? (additional.length ? undefined : chatTemplate),
    chatTemplateKwargs: chat_template_kwargs,
    embeddings: vocab_size,
    eosTokenIds: eos === null || eos === undefined ? [] : [eos].flat(),
  });
};

const readText = async (folder: string, name: string): Promise<string | undefined> => {
  const file = join(folder, name);
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new TokenizerError(`${file} cannot be read: ${(cause as Error).message}`, { file, cause });
  }
};

const readJson = async (folder: string, name: string): Promise<Record<string, unknown> | undefined> => {
  const text = await readText(folder, name);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    const file = join(folder, name);
    throw new TokenizerError(`${file} is not valid JSON: ${(cause as Error).message}`, { file, cause });
  }
};

const readAdditionalTemplates = async (folder: string): Promise<{ name: string; template: string }[]> => {
  const names = await readdir(join(folder, 'additional_chat_templates')).catch(() => []);
  return Promise.all(
    names
      .filter(name => name.endsWith('.jinja'))
      .map(async name => ({
        name: name.slice(0, -'.jinja'.length),
        template: (await readText(join(folder, 'additional_chat_templates'), name))!,
      })),
  );
};
