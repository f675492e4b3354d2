import { endpointModel, type LanguageModel, localModel } from '@charter/generate';
import { z } from 'zod';
import { CliError } from './cli-error.js';
import type { CommandContext } from './command.js';
import { adaptedModelOptions, openAdapter, openModel, withRuntime } from './open-model.js';

/** Options of every command that lets a model write: one on this machine, or one behind an endpoint. */
export const languageModelOptions = {
  model: adaptedModelOptions.model
    .optional()
    .describe('model: a folder, a .gguf file, a known name, org/name on a hub; or its name at --endpoint'),
  adapter: adaptedModelOptions.adapter,
  endpoint: z
    .string()
    .optional()
    .describe('base URL of an OpenAI-compatible server; its key is taken from OPENAI_API_KEY'),
  concurrency: z
    .number()
    .int()
    .positive()
    .optional()
    .describe('texts that are written at the same time; default: 16 here, 8 at an endpoint'),
  threads: adaptedModelOptions.threads,
  quantize: z
    .enum(['4bit', '8bit'])
    .optional()
    .describe('holds linear layers in 4 or 8 bits: writes faster, a little worse'),
};

const schema = z.object(languageModelOptions);
export type LanguageModelOptions = z.output<typeof schema>;

/** Runs `work` with the model that the options name, and frees it afterwards. */
export const withLanguageModel = async <T>(
  options: LanguageModelOptions,
  context: CommandContext,
  work: (model: LanguageModel) => Promise<T>,
): Promise<T> => {
  const { model, adapter, endpoint, concurrency, threads, quantize } = options;
  if (endpoint !== undefined) {
    if (adapter) throw new CliError('--adapter works with a model on this machine, not with --endpoint.');
    if (threads) throw new CliError('--threads works with a model on this machine, not with --endpoint.');
    if (quantize) throw new CliError('--quantize works with a model on this machine, not with --endpoint.');
    if (model === undefined) {
      throw new CliError('--endpoint needs --model: the name that the server knows the model by.');
    }
    return work(endpointModel({ url: endpoint, model, concurrency }));
  }
  if (model === undefined) throw new CliError('Give --model, or --endpoint with the URL of a server.');
  const opened = await openModel(model, context);
  const loaded = adapter ? await openAdapter(adapter, opened) : undefined;
  return withRuntime({ threads }, async runtime => {
    const local = localModel({
      ...opened,
      runtime,
      adapter: loaded,
      // Texts of another model, in the keys of their rows too.
      name: `${opened.name}${adapter ? `+${adapter}` : ''}${quantize ? `@${quantize}` : ''}`,
      quantize,
      ...(concurrency && { maxSequences: concurrency }),
    });
    try {
      return await work(local);
    } finally {
      await local.dispose();
    }
  });
};
