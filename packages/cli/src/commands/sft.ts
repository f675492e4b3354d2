import { sft, sftOptionsSchema } from '@charter/sft';
import { z } from 'zod';
import { defineCommand } from '../command-line/command.js';
import { trainingFlags } from '../command-line/flag-names.js';
import { fieldsFrom, flagsFrom } from '../command-line/flags-from.js';
import { startRecord } from '../command-line/run-record.js';
import { dataOptions, readAll } from '../data/data-options.js';
import { withAdapterTokenizer } from '../models/adapter-tokenizer.js';
import { adaptedModelOptions, pullModel, withQuantization, withRuntime } from '../models/open-model.js';
import { templateFrom, templateOptions } from '../models/template-options.js';
import { finishTraining } from '../training/finish-training.js';
import { describeSftData } from '../training/sft-data.js';
import { baseOptions, checkContinued, loraConfig, loraOptions } from '../training/training-options.js';
import { trainingProgress } from '../training/training-progress.js';
import { trainingWarning } from '../training/training-warning.js';

const { shape } = sftOptionsSchema;

export const sftCommand = defineCommand({
  description:
    'Writes adapter_config.json and adapter_model.safetensors (PEFT reads them), metrics.jsonl and run.json. The same ' +
    'command resumes a stopped run.',
  example: `charter sft --model smollm2-135m-instruct --data sft.jsonl --out runs/sft --epochs 1 --batch-size 4
# sft.jsonl: {"prompt": [{"role": "user", "content": "…"}], "completion": [{"role": "assistant", "content": "…"}]}`,
  options: z.object({
    ...adaptedModelOptions,
    ...templateOptions,
    ...dataOptions,
    'eval-data': dataOptions.data.optional().describe('held-out rows, for eval_loss'),
    out: z.string().describe('output folder'),
    ...baseOptions,
    ...loraOptions,
    ...flagsFrom(shape, trainingFlags),
  }),
  output: 'folder',
  collective: true,
  async run(options, context) {
    const { terminal, signal, collective } = context;
    const record = startRecord('sft', options);
    const rows = await readAll('sft', options, context);
    const evalData = options['eval-data'];
    const evalRows = evalData && (await readAll('sft', { ...options, data: evalData }, context));
    const template = await templateFrom(options);
    const pulled = await pullModel(options.model, context, template);
    if (options.adapter) await checkContinued(options.adapter, options, pulled);
    const continued = options.adapter
      ? await withAdapterTokenizer(pulled, options.adapter, context, template)
      : pulled;
    const model = await withQuantization(continued, options.quantize, context);
    const differs = template.chat_template !== undefined || continued !== pulled;
    const chatTemplate = differs ? model.tokenizer.chatTemplate : undefined;
    await withRuntime(options, async runtime => {
      const progress = trainingProgress(terminal, 'sft');
      const result = await sft({
        runtime,
        model,
        rows,
        evalRows,
        options: fieldsFrom(options, shape, trainingFlags),
        lora: loraConfig(options),
        adapter: options.adapter,
        out: options.out,
        onData: counts => terminal.note(describeSftData(counts)),
        onProgress: progress.update,
        onWarning: trainingWarning(terminal, Object.keys(shape), trainingFlags),
        signal,
        collective,
      }).finally(progress.stop);
      if ((collective?.rank ?? 0) > 0) return;
      await finishTraining(record, options, { runtime, model, result, chatTemplate }, context);
    });
  },
});
