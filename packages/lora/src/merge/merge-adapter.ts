import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { openCheckpoint, readTensor, sameTensor } from '@charter/checkpoint';
import type { StorageDType, StoredTensor } from '@charter/tensor';
import { applyEdits, modify } from 'jsonc-parser';
import { EMBEDDING, LM_HEAD, type LoraTarget } from '../config/lora-targets.js';
import { LoraError } from '../errors.js';
import { loadAdapter } from '../files/load-adapter.js';
import { parameterNames, savedName } from '../linear/lora-parameters.js';
import { addLowRankProduct, scaleRows } from './merged-weight.js';
import { modulesOf } from './modules-of.js';
import { writeEndTokens } from './write-end-tokens.js';
import { copyCompanions, type WeightToWrite, writeWeights } from './write-model-folder.js';

export interface MergeRequest {
  /** Folder of the base model, in Hugging Face layout. */
  readonly model: string;
  /** Folder of the adapter. */
  readonly adapter: string;
  /** Folder to be made. */
  readonly out: string;
  /** Type of the stored weights; default: each as in the base. */
  readonly dtype?: StorageDType | undefined;
  /**
   * Ids that end a text, such as the tokenizer's EOS and what the chat template writes behind an answer; they are added
   * to `eos_token_id` of `generation_config.json`. Default: that file stays as it is.
   */
  readonly eosTokenIds?: readonly number[] | undefined;
  /** Bytes of the largest file of weights; default 5 GB. */
  readonly max_shard_size?: number | undefined;
  /** Called after each weight that got its product. */
  readonly onProgress?: ((progress: { readonly done: number; readonly total: number }) => void) | undefined;
}

export interface MergeResult {
  /** The weights that were changed. */
  readonly merged: readonly string[];
  /** True when the vocabulary projection was tied to the embedding table and is a weight of its own now. */
  readonly untied: boolean;
}

const weightOf = (module: string): string => `${module}.weight`;

/**
 * Writes the model that an adapter makes of its base: each target's weight becomes `W + s · B A` (with DoRA, its rows scaled
 * to their magnitudes), computed in float32, fully trained modules replace the base's, everything else stays. The folder is one that transformers loads, with config, tokenizer and generation settings
 * copied. Weights are read, changed and written one at a time, and the folder gets its name when it is complete.
 *
 * An adapter on an `lm_head` that is tied to the embedding table unties it, and so does fully training one of the two:
 * the other stays as it is, both are written and `config.json` says so.
 *
 * @throws {LoraError} when the base is quantized, the adapter does not fit it, `out` is not empty, or a sum is not
 *   finite
 */
export const mergeAdapter = async ({
  model,
  adapter,
  out,
  dtype,
  eosTokenIds = [],
  max_shard_size = 5e9,
  onProgress,
}: MergeRequest): Promise<MergeResult> => {
  const existing = await readdir(out).catch((): string[] => []);
  if (existing.length)
    throw new LoraError('the folder is not empty. Choose another one for the merged model.', out, []);
  const base = await openCheckpoint(model);
  const config = base.config as { [field: string]: unknown };
  if (config.quantization_config) {
    throw new LoraError(
      'the model is quantized, and rounding a merged weight again would change what the adapter does. Merge into the unquantized model.',
      join(model, 'config.json'),
      ['quantization_config'],
    );
  }
  const [head, table] = [LM_HEAD, EMBEDDING].map(module => base.weights.get(weightOf(module)));
  // A second matrix in the file unties the model, whatever config.json says.
  const headIsTied =
    !head || (config.tie_word_embeddings === true && table !== undefined && (await sameTensor(head, table)));
  const modules = modulesOf(base.weights, headIsTied);
  const { targets, tensors } = await loadAdapter(adapter, modules, `${config.model_type}`);
  const targetOf = new Map<string, LoraTarget>(
    targets.flatMap(target =>
      Object.keys(target.trained ?? { weight: [] }).map(part => [`${target.name}.${part}`, target] as const),
    ),
  );
  const untied = headIsTied && [LM_HEAD, EMBEDDING].some(name => targetOf.has(weightOf(name)));

  let done = 0;
  const weight = (name: string, stored: StoredTensor): WeightToWrite => {
    const target = targetOf.get(name);
    return {
      shape: stored.shape,
      dtype: dtype ?? stored.dtype,
      data: async () => {
        if (!target) return readTensor(stored);
        const values = await changed(target, name, stored, tensors);
        if (!values)
          throw new LoraError(`the sum for ${name} is not finite. Did training diverge?`, adapter, [name]);
        onProgress?.({ done: ++done, total: targetOf.size });
        return values;
      },
    };
  };
  const sources = new Map(base.weights);
  if (untied) sources.set(weightOf(LM_HEAD), base.weights.get(weightOf(EMBEDDING))!);
  const weights = new Map([...sources].map(([name, stored]) => [name, weight(name, stored)]));

  const partial = `${resolve(out)}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  try {
    await copyCompanions(model, partial);
    await editConfig(join(partial, 'config.json'), {
      ...((untied || (config.tie_word_embeddings === true && !headIsTied)) && { tie_word_embeddings: false }),
      ...(dtype && { ['torch_dtype' in config ? 'torch_dtype' : 'dtype']: dtype }),
    });
    await writeEndTokens(partial, eosTokenIds);
    await writeWeights(partial, weights, max_shard_size);
    await rm(out, { recursive: true, force: true });
    await rename(partial, out);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
  return { merged: [...targetOf.keys()], untied };
};

/** A weight of a target as the adapter makes it; undefined when it is not finite. */
const changed = async (
  { name, kind, r, scaling }: LoraTarget,
  weight: string,
  stored: StoredTensor,
  tensors: ReadonlyMap<string, { readonly data: Float32Array }>,
): Promise<Float32Array | undefined> => {
  const names = parameterNames(name);
  const tensor = (key: string): Float32Array => tensors.get(key)!.data;
  if (kind === 'full') {
    const trained = tensor(savedName(weight));
    return trained.every(Number.isFinite) ? trained : undefined;
  }
  const values = await readTensor(stored);
  const summed = addLowRankProduct(values, { A: tensor(names.A), B: tensor(names.B), r, scaling });
  const finite = kind === 'dora' ? scaleRows(values, tensor(names.magnitude)) && summed : summed;
  return finite ? values : undefined;
};

/** Sets fields of a JSON file and leaves the rest of its text alone: Python reads 10000.0 and 10000 as different types. */
const editConfig = async (file: string, fields: Readonly<Record<string, unknown>>): Promise<void> => {
  let text = await readFile(file, 'utf8');
  for (const [field, value] of Object.entries(fields)) {
    const options = { formattingOptions: { insertSpaces: true, tabSize: 2 } };
    text = applyEdits(text, modify(text, [field], value, options));
  }
  await writeFile(file, text);
};
