import { basename, normalize } from 'node:path';
import { type LocalModel, localModel } from '@charter/generate';
import { modelName } from '@charter/models';
import { type ServedRequest, serve } from '@charter/serve';
import { z } from 'zod';
import { CliError } from '../command-line/cli-error.js';
import { defineCommand } from '../command-line/command.js';
import { withAdapterTokenizer } from '../models/adapter-tokenizer.js';
import { languageModelOptions } from '../models/language-model.js';
import { modelOptions, openAdapter, pullModel, withQuantization, withRuntime } from '../models/open-model.js';
import { templateFrom, templateOptions } from '../models/template-options.js';

export const serveCommand = defineCommand({
  description:
    'Answers GET /v1/models, POST /v1/chat/completions and POST /v1/completions until Ctrl-C. A request’s `model` picks ' +
    'the model or one of its adapters by name. Concurrent requests are decoded in one batch. With ' +
    'CHARTER_API_KEY in the environment, requests must carry that key.',
  example: `charter serve --model smollm2-135m-instruct --adapter tuned=runs/quickstart/dpo --port 8000
curl http://127.0.0.1:8000/v1/chat/completions -H 'content-type: application/json' \\
  -d '{"model": "tuned", "messages": [{"role": "user", "content": "What is rain?"}]}'`,
  options: z.object({
    model: modelOptions.model,
    ...templateOptions,
    adapter: z
      .array(z.string())
      .default([])
      .describe('LoRA adapters to serve beside the model: folders, or name=folder'),
    host: z.string().default('127.0.0.1').describe('address to listen on; 0.0.0.0 lets other machines in'),
    port: z.number().int().min(0).max(65535).default(8000).describe('port to listen on; 0 takes a free one'),
    'stop-seconds': z
      .number()
      .min(0)
      .default(3)
      .describe('seconds that requests in flight may go on after Ctrl-C or SIGTERM'),
    'allowed-host': z
      .array(z.string())
      .default([])
      .describe(
        'names that clients reach the server by, besides addresses, localhost and the machine’s own name; needed ' +
          'only without CHARTER_API_KEY',
      ),
    concurrency: languageModelOptions.concurrency,
    quantize: languageModelOptions.quantize,
    'matmul-precision': languageModelOptions['matmul-precision'],
    device: modelOptions.device,
    threads: modelOptions.threads,
  }),
  async run(options, context) {
    const { signal, terminal } = context;
    const api_key = process.env.CHARTER_API_KEY || undefined;
    if (api_key === undefined && !isLoopback(options.host)) {
      terminal.note(
        `Warning: --host ${options.host} without a key lets anyone who reaches this machine use the models. Set ` +
          'CHARTER_API_KEY in the environment to ask for a key.',
      );
    }
    const template = await templateFrom(options);
    const pulled = await pullModel(options.model, context, template);
    const { concurrency: maxSequences } = options;
    // Base and adapters share one file of rounded weights.
    const model = await withQuantization(pulled, options.quantize, context);
    const name = modelName(model);
    const adapters = options.adapter.map(namedFolder);
    const names = [name, ...adapters.map(({ name }) => name)];
    const twice = names.find((name, i) => names.indexOf(name) < i);
    if (twice)
      throw new CliError(`--adapter: "${twice}" names two models; give one another name: name=folder.`);
    const loaded = await Promise.all(
      adapters.map(async ({ name, folder }) => ({
        name,
        model: await withAdapterTokenizer(model, folder, context, template),
        adapter: await openAdapter(folder, model),
      })),
    );
    await withRuntime(options, async runtime => {
      // Each compiles on its first request, so that one nobody asks for takes no memory.
      const models = [{ name }, ...loaded].map(
        (one): LocalModel =>
          localModel({
            model,
            runtime,
            matmul_precision: options['matmul-precision'],
            max_sequences: maxSequences,
            ...one,
          }),
      );
      try {
        const server = await serve({
          models,
          host: options.host,
          port: options.port,
          api_key,
          allowed_hosts: options['allowed-host'],
          onRequest: request => terminal.note(describe(request)),
        }).catch((error: NodeJS.ErrnoException) => {
          if (!error.code) throw error;
          throw new CliError(
            `--host ${options.host} --port ${options.port} cannot be used (${error.code}). Give another --port; 0 takes a free one.`,
          );
        });
        terminal.print(server.url);
        terminal.note(`Serving ${names.join(', ')}. Ctrl-C stops.`);
        if (!signal.aborted) {
          await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }));
        }
        await server.close({ seconds: options['stop-seconds'] });
      } finally {
        await Promise.all(models.map(model => model.dispose()));
      }
    });
  },
});

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || host.startsWith('127.');

/** `name=folder`, or a folder that gives its own name. */
const namedFolder = (text: string): { name: string; folder: string } => {
  const [, name, folder] = /^([^=/\\]+)=(.+)$/s.exec(text) ?? [];
  return name && folder ? { name, folder } : { name: basename(normalize(text)), folder: text };
};

const describe = ({ method, path, status, seconds, error }: ServedRequest): string =>
  `${method} ${path} ${status} ${seconds.toFixed(2)} s${error === undefined ? '' : `: ${error}`}`;
