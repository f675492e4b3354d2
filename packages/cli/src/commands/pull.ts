import { z } from 'zod';
import { defineCommand } from '../command-line/command.js';
import { fetchModel } from '../models/open-model.js';

export const pullCommand = defineCommand({
  description:
    'Prints a folder in Hugging Face layout. A .gguf file is converted into the cache once. The cache is $CHARTER_CACHE, ' +
    'or ~/.cache/charter; HF_ENDPOINT and HF_TOKEN choose another hub and identify you.',
  example: `charter pull smollm2-135m-instruct
charter pull Qwen/Qwen2.5-0.5B-Instruct --revision main`,
  options: z.object({
    model: z.string().describe('a folder, a .gguf file, a known name, or org/name on a hub'),
    revision: z.string().optional().describe('branch, tag or commit on the hub'),
  }),
  positional: 'model',
  async run({ model, revision }, context) {
    context.terminal.print(await fetchModel(model, context, { revision }));
  },
});
