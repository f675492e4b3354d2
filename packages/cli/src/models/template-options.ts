import { readFile } from 'node:fs/promises';
import type { LoadTokenizerOptions } from '@charter/tokenizer';
import { z } from 'zod';

/** Options of every command that writes conversations by a chat template. */
export const templateOptions = {
  'chat-template': z.string().optional().describe("Jinja file in place of the model's own chat template"),
  'chat-template-kwargs': z
    .record(z.string(), z.unknown())
    .optional()
    .describe('variables of the chat template: enable_thinking=false, or one JSON object'),
};

const schema = z.object(templateOptions);

export type TemplateOptions = Partial<z.output<typeof schema>>;

/** Chat template of the options. */
export const templateFrom = async (options: TemplateOptions): Promise<LoadTokenizerOptions> => {
  const file = options['chat-template'];
  return {
    // Python reads text files with line feeds.
    chat_template: file === undefined ? undefined : (await readFile(file, 'utf8')).replaceAll('\r\n', '\n'),
    chat_template_kwargs: options['chat-template-kwargs'],
  };
};
