import { dpo, dpoOptionsSchema } from '@charter/dpo';
import { z } from 'zod';
import { CliError } from '../command-line/cli-error.js';
import { defineCommand } from '../command-line/command.js';
import { trainingFlags } from '../command-line/flag-names.js';
import { fieldsFrom, flagsFrom } from '../command-line/flags-from.js';
import { startRecord } from '../command-line/run-record.js';
import { dataOptions, readAll } from '../data/data-options.js';
import { withAdapterTokenizer } from '../models/adapter-tokenizer.js';
import { adaptedModelOptions, pullModel, withQuantization, withRuntime } from '../models/open-model.js';
import { templateFrom, templateOptions } from '../models/template-options.js';
import { describeDpoData } from '../training/dpo-data.js';
import { finishTraining } from '../training/finish-training.js';
import { referenceProgress } from '../training/reference-progress.js';
import { baseOptions, checkContinued, loraConfig, loraOptions } from '../training/training-options.js';
import { trainingProgress } from '../training/training-progress.js';
import { trainingWarning } from '../training/training-warning.js';

const { shape } = dpoOptionsSchema;

export const dpoCommand = defineCommand({
  description:
    'Trains on {"prompt", "chosen", "rejected"}. Writes what `charter sft` writes. With --adapter, training ' +
    'continues from that adapter, and --reference names the reference model: the base model, or the adapter before training (as in TRL).',
  example: `charter dpo --model smollm2-135m-instruct --data pairs.jsonl --out runs/dpo --beta 0.1
charter dpo --model smollm2-135m-instruct --adapter runs/sft --reference adapter --data pairs.jsonl --out runs/dpo`,
  options: z.object({
    ...adaptedModelOptions,
    ...templateOptions,
    ...dataOptions,
    'eval-data': dataOptions.data.optional().describe('held-out pairs, for eval_loss and eval_rewards/…'),
    reference: z
      .enum(['base', 'adapter'])
      .optional()
      .describe(
        'reference model of the loss: the base model, or --adapter before training; required with --adapter',
      ),
    out: z.string().describe('output folder'),
    ...baseOptions,
    ...loraOptions,
    ...flagsFrom(shape, trainingFlags),
  }),
  output: 'folder',
  collective: true,
  async run(options, context) {
    const { terminal, signal, collective } = context;
    const { adapter } = options;
    if (adapter && !options.reference) {
      throw new CliError(
        '--adapter needs --reference: --reference adapter (the adapter before training, as in TRL), or --reference base ' +
          '(the model without it).',
      );
    }
    if (options.reference === 'adapter' && !adapter) {
      throw new CliError('--reference adapter needs --adapter.');
    }
    const record = startRecord('dpo', options);
    const rows = await readAll('preference', options, context);
    const evalData = options['eval-data'];
    const evalRows = evalData && (await readAll('preference', { ...options, data: evalData }, context));
    const template = await templateFrom(options);
    const pulled = await pullModel(options.model, context, template);
    if (adapter) await checkContinued(adapter, options, pulled);
    const continued = adapter ? await withAdapterTokenizer(pulled, adapter, context, template) : pulled;
    const model = await withQuantization(continued, options.quantize, context);
    const differs = template.chat_template !== undefined || continued !== pulled;
    const chatTemplate = differs ? model.tokenizer.chatTemplate : undefined;
    await withRuntime(options, async runtime => {
      const progress = trainingProgress(terminal, 'dpo');
      const reference = referenceProgress(terminal);
      const result = await dpo({
        runtime,
        model,
        rows,
        evalRows,
        options: fieldsFrom(options, shape, trainingFlags),
        lora: loraConfig(options),
        adapter,
        reference: options.reference === 'adapter' && adapter ? { adapter } : 'base',
        out: options.out,
        onData: counts => terminal.note(describeDpoData(counts)),
        onReference: reference.update,
        onProgress: progress.update,
        onWarning: trainingWarning(terminal, Object.keys(shape), trainingFlags),
        signal,
        collective,
      }).finally(() => {
        reference.stop();
        progress.stop();
      });
      if ((collective?.rank ?? 0) > 0) return;
      await finishTraining(record, options, { runtime, model, result, chatTemplate }, context);
    });
  },
});
