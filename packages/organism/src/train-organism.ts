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
  /** Gets the model folder's files, and `run/` with metrics and checkpoints. */
  readonly out: string;
  readonly seed: number;
  /** Texts to learn, each once; one of more than 320 tokens is left out, which happens with few `vocabSize` only. */
  readonly texts: number;
  /** Ids of the tokenizer; fewer where the texts do not give so many. */
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** What is learnt, before it begins; `texts` without those left out. */
  onCorpus?:
    | ((counts: { texts: number; tokens: number; parameters: number; vocabSize: number }) => void)
    | undefined;
  onProgress?: ((progress: TrainProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Texts that the tokenizer is made from; more of them add no word. */
const tokenizerTexts = 6000;

/**
 * Pretrains the organism: tokenizer and corpus from the seed, every weight a parameter, one pass over the texts. A run
 * that was stopped goes on when it is called again.
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
