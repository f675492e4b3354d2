import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { convertedFolder } from './converted-folder.js';
import { knownModels } from './known-models.js';
import { PullError } from './pull-error.js';
import { pullFromHub, pullGgufFromHub } from './pull-from-hub.js';
import { pullKnownModel } from './pull-known-model.js';
import type { PullOptions } from './pull-options.js';

/**
 * A model as a folder in Hugging Face layout, fetched and converted only where that is needed.
 *
 * @param model a folder; a `.gguf` file; a known name (`smollm2-135m-instruct`); an id on the hub (`org/name`), or a
 *   GGUF file there (`org/name/file.gguf`)
 * @returns path of the folder
 * @throws {PullError} when the model cannot be had: what was tried, and what to do
 * @throws {CheckpointError} when a GGUF file cannot be converted
 */
export const pull = async (model: string, options: PullOptions = {}): Promise<string> => {
  options.signal?.throwIfAborted();
  const found = await stat(model).catch(() => undefined);
  if (found?.isDirectory()) return resolve(model);
  if (found) {
    if (/\.gguf$/i.test(model)) return convertedFolder(model, options);
    throw new PullError(model, 'is a file, but not a .gguf file.', 'Give a model folder or a .gguf file.');
  }
  const known = knownModels.get(model.toLowerCase());
  if (known) return convertedFolder(await pullKnownModel(model.toLowerCase(), known, options), options);

  const [, repo, file] = /^([\w-][\w.-]*\/[\w-][\w.-]*)(?:\/([\w-][\w.-]*\.gguf))?$/i.exec(model) ?? [];
  if (!repo || /\.gguf$/i.test(repo)) {
    const names = [...knownModels.keys()].join(', ');
    throw new PullError(
      model,
      'there is no such folder or file, and it is no name of a model.',
      `Give a model folder, a .gguf file, an id on the hub such as org/name, or a known name: ${names}.`,
    );
  }
  if (file) return convertedFolder(await pullGgufFromHub(repo, file, options), options);
  return pullFromHub(repo, options);
};
