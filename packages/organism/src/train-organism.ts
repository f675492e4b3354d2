import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeSafetensors } from '@charter/checkpoint';
import type { Constitution } from '@charter/critique';
import { parseModelConfig, weightShapes } from '@charter/models';
import { sftTask } from '@charter/sft';
import type { Runtime } from '@charter/tensor';
import {
  type ParameterValues,
  parseOptions,
  type TrainProgress,
  type TrainResult,
  train,
  trainingOptionsSchema,
} from '@charter/trainer';
import { trainBytePairEncoding } from './byte-pair-encoding.js';
import { corpus } from './corpus.js';
import { corpusExample, plainText } from './corpus-examples.js';
import { initialWeights } from './initial-weights.js';
import { modelCard } from './model-card.js';
import { binLength, maxLength, organismConfig } from './organism-config.js';
import { specialTokens, tokenizerFiles, tokenizerOf } from './organism-tokenizer.js';

export interface OrganismRequest {
  readonly runtime: Runtime;
  readonly constitution: Constitution;
  /** Folder for the model's files, and `run/` with metrics and checkpoints. */
  readonly out: string;
  readonly seed: number;
  /** Number of training texts; texts of more than 320 tokens are left out, which only happens with a small `vocabSize`. */
  readonly texts: number;
  /** Size of the tokenizer's vocabulary; smaller when the texts have fewer pairs to merge. */
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Called before training with the size of the corpus; `texts` excludes the texts left out. */
  onCorpus?:
    | ((counts: { texts: number; tokens: number; parameters: number; vocabSize: number }) => void)
    | undefined;
  onProgress?: ((progress: TrainProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Texts on which the tokenizer is trained; more of them add no word. */
const tokenizerTexts = 6000;

/**
 * Pretrains the organism: tokenizer and corpus from the seed, all weights trained, one epoch. An interrupted run is
 * resumed by the same call.
 *
 * @throws {TrainingError} when the loss is not finite, or `out` holds another run
 */
export const trainOrganism = async (request: OrganismRequest): Promise<TrainResult> => {
  const { runtime, constitution, out, seed, texts } = request;
  const forTokenizer = corpus({ seed, count: Math.min(texts, tokenizerTexts), constitution });
  const encoding = trainBytePairEncoding(Array.from(forTokenizer, plainText), {
    size: request.vocabSize,
    special: specialTokens,
  });
  const files = tokenizerFiles(encoding, { maxLength });
  const tokenizer = tokenizerOf(files);
  const examples = Array.from(corpus({ seed, count: texts, constitution }), text =>
    corpusExample(text, tokenizer),
  ).filter(({ ids }) => ids.length <= binLength);

  const configJson = organismConfig({
    vocabSize: encoding.vocab.size,
    hiddenSize: request.hiddenSize,
    layers: request.layers,
  });
  const config = parseModelConfig(configJson);
  const parameters = [...weightShapes(config)].map(([name, shape]) => ({ name, shape }));
  const counts = {
    texts: examples.length,
    tokens: examples.reduce((n, { ids }) => n + ids.length, 0),
    parameters: parameters.reduce((n, { shape }) => n + shape.reduce((a, b) => a * b, 1), 0),
    vocabSize: encoding.vocab.size,
  };
  request.onCorpus?.(counts);
  const json: Record<string, object> = {
    ...files,
    'config.json': configJson,
    'generation_config.json': {
      eos_token_id: configJson.eos_token_id,
      pad_token_id: configJson.pad_token_id,
    },
  };
  await mkdir(out, { recursive: true });
  for (const [name, content] of Object.entries(json)) {
    await writeFile(join(out, name), `${JSON.stringify(content, null, 1)}\n`);
  }
  const save = async (folder: string, values: ParameterValues): Promise<void> => {
    const tensors = [...values].map(([name, tensor]) => [name, { ...tensor, dtype: 'float16' }] as const);
    await writeSafetensors(join(folder, 'model.safetensors'), tensors);
  };
  const result = await train({
    runtime,
    weights: new Map(),
    parameters,
    initial: initialWeights(config, seed),
    task: sftTask(config, { packing: true, max_length: binLength }),
    examples,
    options: parseOptions(trainingOptionsSchema, {
      num_train_epochs: 1,
      per_device_train_batch_size: request.batchSize,
      learning_rate: request.learningRate,
      lr_scheduler_type: 'cosine',
      warmup_steps: 0.03,
      adam_beta2: 0.95,
      logging_steps: 20,
      save_steps: 100,
      seed,
    }),
    out: join(out, 'run'),
    methodSettings: { method: 'organism', config },
    save,
    onProgress: request.onProgress,
    signal: request.signal,
  });
  if (result.status === 'completed') {
    await save(out, result.parameters);
    const loss = result.last.train!.loss!;
    await writeFile(join(out, 'README.md'), modelCard({ ...counts, seed, loss }));
  }
  return result;
};
