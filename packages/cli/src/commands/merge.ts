import { mergeAdapter } from '@charter/lora';
import { z } from 'zod';
import { defineCommand } from '../command.js';
import { fetchModel, modelOptions } from '../open-model.js';

export const merge = defineCommand({
  description: 'Writes a complete model folder that transformers and Charter load, with the adapter inside.',
  example: 'charter merge --model smollm2-135m-instruct --adapter runs/quickstart/dpo --out my-model',
  options: z.object({
    model: modelOptions.model,
    adapter: z.string().describe("folder of a LoRA adapter in PEFT's format"),
    out: z.string().describe('folder to write'),
    dtype: z.enum(['float32', 'bfloat16', 'float16']).default('float32').describe('type of the weights'),
  }),
  async run({ model, adapter, out, dtype }, context) {
    const folder = await fetchModel(model, context);
    await mergeAdapter({ model: folder, adapter, out, dtype });
    context.terminal.print(out);
  },
});
