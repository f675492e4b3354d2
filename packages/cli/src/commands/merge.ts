import { mergeAdapter } from '@charter/lora';
import { endTokenIds, loadTokenizer } from '@charter/tokenizer';
import { z } from 'zod';
import { defineCommand } from '../command-line/command.js';
import type { Progress } from '../command-line/terminal.js';
import { fetchModel, modelOptions } from '../models/open-model.js';

export const merge = defineCommand({
  description: 'Writes a complete model folder that transformers and Charter load, with the adapter inside.',
  example: 'charter merge --model smollm2-135m-instruct --adapter runs/quickstart/dpo --out my-model',
  options: z.object({
    model: modelOptions.model,
    adapter: z.string().describe("folder of a LoRA adapter in PEFT's format"),
    out: z.string().describe('output folder'),
    dtype: z
      .enum(['float32', 'bfloat16', 'float16'])
      .optional()
      .describe('dtype of the weights; default: as in the model'),
  }),
  output: 'new folder',
  async run({ model, adapter, out, dtype }, context) {
    const folder = await fetchModel(model, context);
    let line: Progress | undefined;
    const { untied } = await mergeAdapter({
      model: folder,
      adapter,
      out,
      dtype,
      // Whoever loads the model stops where it was trained to stop.
      eosTokenIds: endTokenIds(await loadTokenizer(folder)),
      onProgress: ({ done, total }) => {
        line ??= context.terminal.progress('merge', total);
        line.update(done, 'weights');
      },
    });
    line?.stop();
    if (untied) {
      context.terminal.note(
        'lm_head was tied to embed_tokens; it is a weight of its own now, with tie_word_embeddings false in config.json.',
      );
    }
    context.terminal.print(out);
  },
});
