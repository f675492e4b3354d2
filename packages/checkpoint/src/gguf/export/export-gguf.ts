import { basename, join, resolve } from 'node:path';
import type { StoredTensor } from '@charter/tensor';
import { CheckpointError } from '../../checkpoint-error.js';
import { openCheckpoint } from '../../open-checkpoint.js';
import { readTensor } from '../../tensors/read-tensor.js';
import { sameTensor } from '../../tensors/same-tensor.js';
import { ggufModuleName } from '../architectures.js';
import { ropeFrequencies } from '../hugging-face-tensors.js';
import { interleaveRotaryRows } from '../rotary-rows.js';
import { fileType, type ModelMetadata, modelMetadata } from './model-metadata.js';
import { type GgufFileType, tensorType } from './tensor-type.js';
import { tokenizerMetadata } from './tokenizer-metadata.js';
import { type GgufTensorToWrite, writeGguf } from './write-gguf.js';

export interface ExportGgufOptions {
  /** Type of the matrices; default `f16`. Norms and biases stay in float32. */
  readonly type?: GgufFileType | undefined;
  /** `general.name`; default: the folder's name. */
  readonly name?: string | undefined;
  /** Called after each tensor. */
  readonly onProgress?: ((progress: { readonly done: number; readonly total: number }) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes a model folder as one GGUF file for llama.cpp, with the names and metadata of its own converters. One tensor at
 * a time is in memory.
 *
 * @param folder in Hugging Face layout
 * @param file to be made; appears when it is complete
 * @throws {CheckpointError} when llama.cpp does not know the model or its tokenizer, naming the field
 */
export const exportGguf = async (
  folder: string,
  file: string,
  { type = 'f16', name, onProgress, signal }: ExportGgufOptions = {},
): Promise<void> => {
  const { config, weights } = await openCheckpoint(folder);
  const model = modelMetadata(config, join(folder, 'config.json'));
  const named = await namedWeights(folder, config, weights, model);
  const tied = !named.has('output.weight');
  const metadata = new Map(model.metadata)
    .set('general.name', name ?? basename(resolve(folder)))
    .set('general.file_type', fileType(type));
  for (const [key, value] of await tokenizerMetadata(folder, model.vocabSize)) metadata.set(key, value);

  const tensors = new Map<string, GgufTensorToWrite>();
  const { divisors } = model;
  if (divisors) tensors.set(ropeFrequencies, { shape: [divisors.length], type: 'F32', data: () => divisors });
  let done = 0;
  for (const [ggufName, { name: original, stored }] of named) {
    const data = async () => {
      signal?.throwIfAborted();
      const values = ggufValues(original, stored.shape, await readTensor(stored), model);
      onProgress?.({ done: ++done, total: named.size });
      return values;
    };
    const stored_as = tensorType(ggufName, stored.shape, type, { layers: model.layers, tied });
    tensors.set(ggufName, { shape: stored.shape, type: stored_as, data });
  }
  await writeGguf(file, metadata, tensors);
};

const namedWeights = async (
  folder: string,
  config: unknown,
  weights: ReadonlyMap<string, StoredTensor>,
  { architecture }: ModelMetadata,
): Promise<Map<string, { name: string; stored: StoredTensor }>> => {
  const [head, table] = [weights.get('lm_head.weight'), weights.get('model.embed_tokens.weight')];
  const ties = (config as { tie_word_embeddings?: boolean }).tie_word_embeddings === true;
  const headIsTied = ties && head && table && (await sameTensor(head, table));
  const named = new Map<string, { name: string; stored: StoredTensor }>();
  for (const [name, stored] of weights) {
    const [, module, part] = /^(.*)\.(weight|bias)$/.exec(name) ?? [];
    if (name === 'lm_head.weight' && headIsTied) continue;
    // Buffers that old checkpoints carry.
    if (name.endsWith('.rotary_emb.inv_freq')) continue;
    const found = module === undefined ? undefined : ggufModuleName(module, architecture);
    if (found === undefined) {
      throw new CheckpointError(folder, `has no name in GGUF's ${architecture.name} models.`, {
        tensor: name,
      });
    }
    named.set(`${found}.${part}`, { name, stored });
  }
  return named;
};

/**
 * Values of a weight as GGUF holds them: norms with their offset, the rows of q and k in llama.cpp's order.
 *
 * @param name Hugging Face's
 * @param shape `[rows, columns]`, or `[rows]`
 */
export const ggufValues = (
  name: string,
  shape: readonly number[],
  values: Float32Array,
  { architecture, heads }: Pick<ModelMetadata, 'architecture' | 'heads'>,
): Float32Array => {
  const { normOffset, interleavedRotary } = architecture;
  if (normOffset && name.endsWith('norm.weight')) return values.map(value => value + normOffset);
  const [, projection] = /\.self_attn\.(q_proj|k_proj)\.\w+$/.exec(name) ?? [];
  if (!interleavedRotary || !projection) return values;
  return interleaveRotaryRows(values, heads[projection as keyof typeof heads], shape[1] ?? 1);
};
