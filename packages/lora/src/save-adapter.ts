import { access, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeSafetensors } from '@charter/checkpoint';
import { CONFIG_FILE, TENSORS_FILE } from './adapter-folder.js';
import { checkTensors } from './check-tensors.js';
import type { LoraConfig } from './lora-config.js';
import { loraParameters } from './lora-parameters.js';
import type { LoraTarget } from './lora-targets.js';
import { modelCard } from './model-card.js';
import { savedConfig } from './saved-config.js';

/** An adapter to be written. */
export interface AdapterToSave {
  readonly config: LoraConfig;
  readonly targets: readonly LoraTarget[];
  /** What `loraParameters` lists, by PEFT's names. */
  readonly tensors: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;
  /** The model that it belongs to: an id on a hub, or a folder. PEFT loads the base from there. */
  readonly baseModel: string;
}

/**
 * Writes an adapter as PEFT does: `adapter_model.safetensors` (float32), `adapter_config.json`, and a model card
 * `README.md` unless there is one. Other files of the folder stay. A folder that has an `adapter_config.json` has a
 * whole adapter: files are renamed into place once all of them are written.
 *
 * @throws {LoraError} when the tensors are not exactly those of the targets
 */
export const saveAdapter = async (
  folder: string,
  { config, targets, tensors, baseModel }: AdapterToSave,
): Promise<void> => {
  checkTensors(loraParameters(targets), tensors, {
    where: folder,
    advice: 'Nothing was written: an adapter is saved with all of its tensors and no others.',
  });
  await mkdir(folder, { recursive: true });
  const staging = await mkdtemp(join(folder, '.adapter-'));
  try {
    await writeSafetensors(join(staging, TENSORS_FILE), tensors);
    await writeFile(
      join(staging, CONFIG_FILE),
      `${JSON.stringify(savedConfig(config, targets, baseModel), null, 2)}\n`,
    );
    await writeFile(join(staging, 'README.md'), modelCard(config, targets, baseModel));
    // Without a configuration nobody takes the folder for an adapter while its tensors change.
    await rm(join(folder, CONFIG_FILE), { force: true });
    await rename(join(staging, TENSORS_FILE), join(folder, TENSORS_FILE));
    if (!(await exists(join(folder, 'README.md'))))
      await rename(join(staging, 'README.md'), join(folder, 'README.md'));
    await rename(join(staging, CONFIG_FILE), join(folder, CONFIG_FILE));
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
};

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );
