import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CheckpointError } from '../checkpoint-error.js';
import { type TensorToWrite, writeSafetensors } from '../safetensors/write-safetensors.js';
import { modelConfig } from './model-config.js';
import { openGguf } from './open-gguf.js';
import { readGgufTensor } from './read-gguf-tensor.js';
import { restoreRotaryRows } from './rotary-rows.js';
import { tokenizerFiles } from './tokenizer-files.js';

/**
 * Writes a GGUF file's model into a folder in Hugging Face layout: model.safetensors in float32, config.json and the
 * tokenizer's files. One tensor at a time is in memory.
 *
 * @param file the GGUF file
 * @param folder is made if it does not exist
 * @param onProgress called after each tensor with bytes written and bytes in all
 * @throws {CheckpointError} naming what in the file cannot be converted
 */
export const convertGguf = async (
  file: string,
  folder: string,
  options: {
    onProgress?: ((done: number, total: number) => void) | undefined;
    signal?: AbortSignal | undefined;
  } = {},
): Promise<void> => {
  const gguf = await openGguf(file);
  const { architecture, tensors, config, interleaved } = await modelConfig(gguf);
  const texts = tokenizerFiles(gguf.metadata).set('config.json', `${JSON.stringify(config, null, 2)}\n`);
  const bytes = (shape: readonly number[]) => shape.reduce((n, d) => n * d, 4);
  const total = [...tensors.values()].reduce((sum, { shape }) => sum + bytes(shape), 0);
  let done = 0;

  const weights = [...tensors].map(([name, tensor]): [string, TensorToWrite] => {
    const data = async () => {
      options.signal?.throwIfAborted();
      const values = await readGgufTensor(tensor);
      const [, projection] = /\.self_attn\.(q_proj|k_proj)\.\w+$/.exec(name) ?? [];
      done += bytes(tensor.shape);
      options.onProgress?.(done, total);
      const { normOffset } = architecture;
      if (normOffset && name.endsWith('norm.weight')) return values.map(value => value - normOffset);
      if (!interleaved || !projection) return values;
      const heads = interleaved[projection as keyof typeof interleaved];
      const [rows = 0, columns = 1] = tensor.shape;
      if (rows % (2 * heads)) {
        throw new CheckpointError(file, `${rows} rows do not make ${heads} heads.`, { tensor: tensor.name });
      }
      return restoreRotaryRows(values, heads, columns);
    };
    return [name, { shape: tensor.shape, data }];
  });

  await mkdir(folder, { recursive: true });
  await writeSafetensors(join(folder, 'model.safetensors'), weights);
  for (const [name, text] of texts) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
};
