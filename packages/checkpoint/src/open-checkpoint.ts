import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { StoredTensor } from '@charter/tensor';
import { z } from 'zod';
import { CheckpointError } from './checkpoint-error.js';
import { readJson } from './read-json.js';
import { openSafetensors } from './safetensors/open-safetensors.js';
import type { SafetensorsFile } from './safetensors/parse-safetensors.js';

/** A model folder in Hugging Face layout. */
export interface Checkpoint {
  readonly folder: string;
  /** config.json, parsed; `@charter/models` checks it. */
  readonly config: unknown;
  /** All weights by name; nothing is read before it is asked for. */
  readonly weights: ReadonlyMap<string, StoredTensor>;
}

const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });

/**
 * Opens a model folder: config.json, and model.safetensors or the shards that model.safetensors.index.json names.
 *
 * @throws {CheckpointError} naming the file that is missing or the tensor that cannot be read
 */
export const openCheckpoint = async (folder: string): Promise<Checkpoint> => {
  const names = await readdir(folder).catch((cause: Error) => {
    throw new CheckpointError(folder, `is not a model folder that can be read (${cause.message}).`, {
      cause,
    });
  });
  const weights = names.includes('model.safetensors')
    ? floatWeights(
        join(folder, 'model.safetensors'),
        await openSafetensors(join(folder, 'model.safetensors')),
      )
    : names.includes('model.safetensors.index.json')
      ? await openShards(folder, names)
      : undefined;
  if (!weights) throw new CheckpointError(folder, `has no model.safetensors. ${advice(names)}`);
  const config = await readJson(join(folder, 'config.json'));
  if (config === undefined) {
    throw new CheckpointError(folder, 'has no config.json, so the shape of the model is not known.');
  }
  return { folder, config, weights: withPrefix(weights) };
};

/** Names as a causal language model has them: transformers' `AutoModel` saves the decoder without its prefix `model.`. */
const withPrefix = (weights: ReadonlyMap<string, StoredTensor>): ReadonlyMap<string, StoredTensor> =>
  new Map(
    [...weights].map(([name, stored]) => {
      const prefixed = `model.${name}`;
      const bare = /^(embed_tokens|norm|layers\.\d+)\./.test(name) && !weights.has(prefixed);
      return [bare ? prefixed : name, stored];
    }),
  );

const advice = (names: readonly string[]): string => {
  if (names.includes('adapter_config.json')) return 'It holds an adapter: give its base model here.';
  const gguf = names.find(name => name.endsWith('.gguf'));
  if (gguf) return `Give the file itself: pull('…/${gguf}') converts it.`;
  if (names.some(name => name.endsWith('.bin') || name.endsWith('.pth'))) {
    return 'Its weights are in PyTorch’s pickle format, which can run code: save the model with safetensors.';
  }
  return 'A model folder in Hugging Face layout was expected.';
};

const openShards = async (folder: string, names: readonly string[]) => {
  const indexFile = join(folder, 'model.safetensors.index.json');
  const parsed = indexSchema.safeParse(await readJson(indexFile));
  if (!parsed.success) {
    throw new CheckpointError(indexFile, 'has no weight_map from names of tensors to names of files.');
  }
  const shardOf = Object.entries(parsed.data.weight_map);
  const shards = new Map<string, SafetensorsFile>();
  const weights = new Map<string, StoredTensor>();
  for (const [tensor, shard] of shardOf) {
    // A name from the index must not lead out of the folder, so it has to be the name of a file in it.
    if (!names.includes(shard)) {
      throw new CheckpointError(
        indexFile,
        `should be in ${shard}, but the folder has no file of that name.`,
        {
          tensor,
        },
      );
    }
    const file = join(folder, shard);
    const opened = shards.get(shard) ?? (await openSafetensors(file));
    if (!shards.has(shard)) floatWeights(file, opened);
    shards.set(shard, opened);
    const stored = opened.tensors.get(tensor);
    if (stored) weights.set(tensor, stored);
    else if (!opened.otherTypes.has(tensor)) {
      throw new CheckpointError(file, 'is missing, though model.safetensors.index.json places it here.', {
        tensor,
      });
    }
  }
  return weights;
};

/** Weights that are no floats would be missed only later; buffers such as counters are not needed. */
const floatWeights = (file: string, { tensors, otherTypes }: SafetensorsFile) => {
  for (const [tensor, type] of otherTypes) {
    if (!/\.(weight|bias)$/.test(tensor)) continue;
    throw new CheckpointError(
      file,
      `is stored as ${type}; float32, float16 and bfloat16 can be read. Use the model’s unquantized version.`,
      { tensor },
    );
  }
  return tensors;
};
