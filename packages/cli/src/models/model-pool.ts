import { endpointModel, type LanguageModel, localModel } from '@charter/generate';
import { type LoadedModel, modelName } from '@charter/models';
import { createOnnxRuntime } from '@charter/runtime-onnx';
import type { Runtime } from '@charter/tensor';
import type { LoadTokenizerOptions } from '@charter/tokenizer';
import { CliError } from '../command-line/cli-error.js';
import type { CommandContext } from '../command-line/command.js';
import { withAdapterTokenizer } from './adapter-tokenizer.js';
import { type EngineOptions, openAdapter, pullModel, withQuantization } from './open-model.js';
import type { RoleModel } from './role-model.js';

/** Where the models of a command run; an engine is started for the first one that needs it. */
export interface ModelPool {
  open(spec: RoleModel, names: OptionNames): Promise<LanguageModel>;
  dispose(): Promise<void>;
}

/** Name of the setting for messages: `--adapter`, or `critic.adapter` of a recipe. */
export type OptionNames = (option: string) => string;

/**
 * @param given an engine and a model that are open already and stay the caller's; the model is what one that names
 *   no model gets
 */
export const modelPool = (
  context: CommandContext,
  options: EngineOptions = {},
  given: { runtime?: Runtime; model?: LoadedModel; template?: LoadTokenizerOptions } = {},
): ModelPool => {
  const models: LanguageModel[] = [];
  let own: Promise<Runtime> | undefined;
  const runtime = () => {
    if (given.runtime) return given.runtime;
    own ??= createOnnxRuntime({ device: options.device, threads: options.threads });
    return own;
  };
  return {
    async open(
      { model, adapter, quantize, matmul_precision, endpoint, concurrency, timeout, max_retries },
      names,
    ) {
      if (endpoint !== undefined) {
        const local = Object.entries({
          adapter,
          quantize,
          matmul_precision,
          device: options.device,
          threads: options.threads,
          chat_template: given.template?.chat_template,
          chat_template_kwargs: given.template?.chat_template_kwargs,
        }).find(([, value]) => value);
        if (local) {
          throw new CliError(
            `${names(local[0])} works with a model on this machine, not with ${names('endpoint')}.`,
          );
        }
        if (model === undefined) {
          throw new CliError(
            `${names('endpoint')} needs ${names('model')}: the name that the server knows the model by.`,
          );
        }
        return endpointModel({ url: endpoint, model, concurrency, timeout, max_retries });
      }
      const remote = Object.entries({ timeout, max_retries }).find(([, value]) => value !== undefined);
      if (remote) throw new CliError(`${names(remote[0])} works with ${names('endpoint')} only.`);
      const pulled = model === undefined ? given.model : await pullModel(model, context, given.template);
      if (!pulled) {
        throw new CliError(`Give ${names('model')}, or ${names('endpoint')} with the URL of a server.`);
      }
      const opened = adapter ? await withAdapterTokenizer(pulled, adapter, context, given.template) : pulled;
      const local = localModel({
        model: await withQuantization(opened, quantize, context),
        runtime: await runtime(),
        adapter: adapter ? await openAdapter(adapter, opened) : undefined,
        matmul_precision,
        // Texts of another model, in the keys of their rows too.
        name: [
          modelName(opened),
          adapter && `+${adapter}`,
          quantize && `@${quantize}`,
          matmul_precision === 'int8' && '@int8-products',
        ]
          .filter(Boolean)
          .join(''),
        ...(concurrency && { max_sequences: concurrency }),
      });
      models.push(local);
      return local;
    },
    async dispose() {
      await Promise.all(models.map(model => model.dispose?.()));
      await (await own)?.dispose();
    },
  };
};
