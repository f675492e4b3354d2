import { rm } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { exportGguf, ggufFileTypes } from '@charter/checkpoint';
import { exportAdapterGguf, mergeAdapter } from '@charter/lora';
import { endTokenIds, loadTokenizer } from '@charter/tokenizer';
import { z } from 'zod';
import { CliError } from '../command-line/cli-error.js';
import { defineCommand } from '../command-line/command.js';
import type { Progress } from '../command-line/terminal.js';
import { adaptedModelOptions, fetchModel } from '../models/open-model.js';

const types = Object.keys(ggufFileTypes) as [keyof typeof ggufFileTypes, ...(keyof typeof ggufFileTypes)[]];

export const exportCommand = defineCommand({
  description:
    'Writes a GGUF file for llama.cpp and what is built on it: of an adapter alone (llama-cli --lora), of the model with ' +
    'the adapter merged (--merge), or of a model without an adapter.',
  example: `charter export --gguf --model smollm2-135m-instruct --adapter runs/quickstart/dpo --out adapter.gguf
charter export --gguf --model smollm2-135m-instruct --adapter runs/quickstart/dpo --merge --outtype q8_0 --out my-model.gguf`,
  options: z.object({
    gguf: z
      .literal(true, { error: 'the one format so far; a safetensors folder is written by charter merge' })
      .describe('write GGUF'),
    model: adaptedModelOptions.model,
    adapter: adaptedModelOptions.adapter,
    merge: z.boolean().default(false).describe('write the whole model with the adapter inside'),
    outtype: z
      .enum(types)
      .optional()
      .describe(
        'type of the matrices; an adapter alone: f32, f16 or bf16; default: f16, an adapter alone f32',
      ),
    out: z.string().describe('output file'),
  }),
  output: 'file',
  async run({ model, adapter, merge, outtype, out }, context) {
    const folder = await fetchModel(model, context);
    if (adapter !== undefined && !merge) {
      if (outtype !== undefined && outtype !== 'f32' && outtype !== 'f16' && outtype !== 'bf16') {
        throw new CliError(
          `--outtype ${outtype}: an adapter alone is written as f32, f16 or bf16. For a whole model add --merge.`,
        );
      }
      await exportAdapterGguf({ model: folder, adapter, out, type: outtype });
      context.terminal.print(out);
      return;
    }
    if (merge && adapter === undefined) throw new CliError('--merge needs --adapter.');
    let line: Progress | undefined;
    const write = (from: string, name: string) =>
      exportGguf(from, out, {
        type: outtype,
        name,
        signal: context.signal,
        onProgress: ({ done, total }) => {
          line ??= context.terminal.progress('export', total);
          line.update(done, 'tensors');
        },
      });
    const merged = `${resolve(out)}.merged`;
    try {
      if (adapter === undefined) await write(folder, basename(model));
      else {
        await rm(merged, { recursive: true, force: true });
        const eosTokenIds = endTokenIds(await loadTokenizer(folder));
        await mergeAdapter({ model: folder, adapter, out: merged, eosTokenIds });
        await write(merged, `${basename(model)}-${basename(resolve(adapter))}`);
      }
    } finally {
      line?.stop();
      await rm(merged, { recursive: true, force: true });
    }
    context.terminal.print(out);
  },
});
