import { access, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeSafetensors } from '@charter/checkpoint';
import { type AdapterToSave, adapterTexts } from './adapter-files.js';
import { CONFIG_FILE, TENSORS_FILE } from './adapter-folder.js';

const STAGING_PREFIX = '.adapter-';

/**
 * Writes an adapter as PEFT does: `adapter_model.safetensors` (float32), `adapter_config.json`, and a model card
 * `README.md` unless there is one. Other files of the folder stay. A folder that has an `adapter_config.json` has a
 * complete adapter: files are renamed into place once all of them are written.
 *
 * @throws {LoraError} when the tensors are not exactly those of the targets
 */
export const saveAdapter = async (folder: string, adapter: AdapterToSave): Promise<void> => {
  const texts = adapterTexts(adapter, folder);
  await mkdir(folder, { recursive: true });
  await removeLeftovers(folder);
  const staging = await mkdtemp(join(folder, STAGING_PREFIX));
  try {
    await writeSafetensors(join(staging, TENSORS_FILE), adapter.tensors);
    for (const [name, text] of Object.entries(texts)) await writeFile(join(staging, name), text);
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

/** Removes the staging folders of processes that were killed while they saved. */
const removeLeftovers = async (folder: string): Promise<void> => {
  for (const name of await readdir(folder)) {
    if (name.startsWith(STAGING_PREFIX)) await rm(join(folder, name), { recursive: true, force: true });
  }
};

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );
