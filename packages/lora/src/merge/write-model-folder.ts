import { cp, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TensorToWrite, writeSafetensors } from '@charter/checkpoint';
import type { StorageDType } from '@charter/tensor';

/** A weight that is written when its turn comes, so that a large model is never held in memory. */
export interface WeightToWrite extends TensorToWrite {
  readonly dtype: StorageDType;
}

/**
 * Writes `model.safetensors`, or shards of at most `max_shard_size` bytes (a tensor is never split) and
 * `model.safetensors.index.json`, named as transformers names them.
 */
export const writeWeights = async (
  folder: string,
  weights: ReadonlyMap<string, WeightToWrite>,
  max_shard_size: number,
): Promise<void> => {
  const shards: Map<string, WeightToWrite>[] = [];
  let room = 0;
  for (const [name, weight] of weights) {
    const size = byteSize(weight);
    if (shards.length === 0 || size > room) {
      shards.push(new Map());
      room = max_shard_size;
    }
    shards.at(-1)!.set(name, weight);
    room -= size;
  }
  if (shards.length === 1) return writeSafetensors(join(folder, 'model.safetensors'), shards[0]!);
  const weight_map: Record<string, string> = {};
  const digits = (n: number) => `${n}`.padStart(5, '0');
  for (const [i, shard] of shards.entries()) {
    const file = `model-${digits(i + 1)}-of-${digits(shards.length)}.safetensors`;
    await writeSafetensors(join(folder, file), shard);
    for (const name of shard.keys()) weight_map[name] = file;
  }
  const total_size = [...weights.values()].reduce((total, weight) => total + byteSize(weight), 0);
  const index = { metadata: { total_size }, weight_map };
  await writeFile(join(folder, 'model.safetensors.index.json'), `${JSON.stringify(index, null, 2)}\n`);
};

const byteSize = ({ shape, dtype }: WeightToWrite): number =>
  shape.reduce((n, d) => n * d, 1) * (dtype === 'float32' ? 4 : 2);

/** Files of a model besides its weights: configurations, tokenizer, chat templates, licence. */
const COMPANION = /\.(json|jinja|txt|model|tiktoken)$|^(LICEN[CS]E|NOTICE)|^additional_chat_templates$/;

/** Copies a model's files that are no weights. */
export const copyCompanions = async (from: string, to: string): Promise<void> => {
  for (const name of await readdir(from)) {
    if (!COMPANION.test(name) || name.endsWith('.index.json')) continue;
    await cp(join(from, name), join(to, name), { recursive: true, dereference: true });
  }
};
