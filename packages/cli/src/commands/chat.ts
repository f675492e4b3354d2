import { createInterface } from 'node:readline/promises';
import { isPromptFailure, type Message, samplingOptionsSchema } from '@charter/generate';
import { z } from 'zod';
import { defineCommand } from '../command-line/command.js';
import { fieldsFrom, flagsFrom, withoutDefaults } from '../command-line/flags-from.js';
import { languageModelOptions, withLanguageModel } from '../models/language-model.js';
import { templateOptions } from '../models/template-options.js';

const { top_logprobs: _, ...withDefaults } = samplingOptionsSchema.shape;
const shape = withoutDefaults(withDefaults);

export const chat = defineCommand({
  description: 'Type a message and press Enter. /new begins a new conversation, /exit or Ctrl-D ends.',
  example: 'charter chat --model smollm2-135m-instruct --adapter runs/quickstart/dpo',
  options: z.object({
    ...languageModelOptions,
    ...templateOptions,
    system: z.string().optional().describe('system message at the start of every conversation'),
    ...flagsFrom(shape, {}),
  }),
  async run(options, context) {
    const sampling = fieldsFrom(options, shape, {});
    const start = (): Message[] =>
      options.system === undefined ? [] : [{ role: 'system', content: options.system }];
    await withLanguageModel(options, context, async model => {
      const input = createInterface({
        input: process.stdin,
        output: process.stdin.isTTY ? process.stdout : undefined,
        prompt: '> ',
      });
      context.signal.addEventListener('abort', () => input.close(), { once: true });
      let messages = start();
      input.prompt();
      // Unlike question(), the iterator loses no line that comes while the model writes.
      for await (const line of input) {
        const said = line.trim();
        if (said === '/exit') break;
        if (said === '/new') messages = start();
        else if (said) {
          messages.push({ role: 'user', content: said });
          try {
            const { text } = await model.generate({
              ...sampling,
              prompt: messages,
              signal: context.signal,
              onToken: piece => process.stdout.write(piece),
            });
            process.stdout.write('\n');
            messages.push({ role: 'assistant', content: text });
          } catch (error) {
            // The conversation goes on without the message that was too long.
            if (!isPromptFailure(error)) throw error;
            messages.pop();
            context.terminal.note(`${error.message} /new begins a new conversation.`);
          }
        }
        input.prompt();
      }
      input.close();
    });
  },
});
