import { type LanguageModel, localModel, severalEndpoints } from '@charter/generate';
import { type LoadedModel, modelName } from '@charter/models';
import { createOnnxRuntime } from '@charter/runtime-onnx';
import type { Runtime } from '@charter/tensor';
import type { LoadTokenizerOptions } from '@charter/tokenizer';
import { openPoolModel } from '../cluster/open-pool-model.js';
import { CliError } from '../command-line/cli-error.js';
import type { CommandContext } from '../command-line/command.js';
import { withAdapterTokenizer } from './adapter-tokenizer.js';
import { type EngineOptions, openAdapter, pullModel, withQuantization } from './open-model.js';
import type { RoleModel } from './role-model.js';
import { serveAdapter } from './serve-adapter.js';

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
  options: EngineOptions & { readonly redis?: string | undefined } = {},
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
        const urls = [endpoint].flat();
        const served = adapter === undefined ? undefined : await serveAdapter(adapter, urls);
        return severalEndpoints({
          urls,
          model: served ?? model,
          name: adapter === undefined ? model : `${model}+${adapter}`,
          concurrency,
          timeout,
          max_retries,
          onLeftOut: (url, seconds, reason) =>
            context.terminal.note(`${url} is left out for ${seconds} s: ${reason}`),
        });
      }
      if (options.redis !== undefined) {
        const { device, threads } = options;
        const workers = { adapter, quantize, matmul_precision, timeout, max_retries, device, threads };
        const local = Object.entries(workers).find(([, value]) => value !== undefined);
        if (local)
          throw new CliError(`${names(local[0])} belongs to \`charter work\`, not to those that ask it.`);
        if (model === undefined)
          throw new CliError(`--redis needs ${names('model')}, as \`charter work\` has it.`);
        const pooled = await openPoolModel({ redis: options.redis, pool: model, concurrency }, context);
        models.push(pooled);
        return pooled;
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
