import { isCharterError } from '@charter/core';
import type { Row } from '@charter/datasets';
import type { Tokenizer } from '@charter/tokenizer';
import { CliError } from '../command-line/cli-error.js';

/**
 * A row's token ids as the model would read it: a conversation by the chat template, plain text with the tokenizer's
 * special tokens.
 *
 * @param options.add_generation_prompt opens the assistant's turn behind a conversation
 * @throws {CliError} naming file and row of what the template refuses, and of a preference pair
 */
export const rowTokens = (
  row: Row,
  tokenizer: Tokenizer,
  options: { add_generation_prompt: boolean },
): number[] => {
  try {
    return encodedRow(row, tokenizer, options);
  } catch (error) {
    if (!isCharterError(error)) throw error;
    throw new CliError(`${row.source.file}, row ${row.source.row}: ${error.message}`, { cause: error });
  }
};

const encodedRow = (
  row: Row,
  tokenizer: Tokenizer,
  { add_generation_prompt }: { add_generation_prompt: boolean },
): number[] => {
  const { tools, chat_template_kwargs } = row;
  const chat = { add_generation_prompt, tools, chat_template_kwargs };
  switch (row.kind) {
    case 'text':
      return tokenizer.encode(row.text);
    case 'messages':
      return tokenizer.applyChatTemplate(row.messages, chat).ids;
    case 'prompt':
      return typeof row.prompt === 'string'
        ? tokenizer.encode(row.prompt)
        : tokenizer.applyChatTemplate(row.prompt, chat).ids;
    case 'prompt-completion':
      return tokenizer.tokenizePromptCompletion(row.prompt, row.completion, { tools, chat_template_kwargs })
        .ids;
    case 'preference':
      throw new CliError('a preference pair is two texts. Give prompt and completion, or messages.');
  }
};
