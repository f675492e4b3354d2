import { cp, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openCheckpoint, readTensor, writeSafetensors } from '../../packages/checkpoint/src/index.js';

/** Copy of a model folder with its weights rounded to another dtype. */
export const roundedCopy = async (
  model: string,
  dtype: 'float16' | 'bfloat16',
  folder: string,
): Promise<string> => {
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(model)) {
    if (!name.includes('.safetensors')) await cp(join(model, name), join(folder, name));
  }
  const { weights } = await openCheckpoint(model);
  await writeSafetensors(
    join(folder, 'model.safetensors'),
    [...weights].map(([name, stored]) => [
      name,
      { shape: stored.shape, dtype, data: () => readTensor(stored) },
    ]),
  );
  return folder;
};
