import { join } from 'node:path';
import { PullError } from './pull-error.js';
import type { PullOptions } from './pull-options.js';
import { snapshot } from './snapshot.js';

/** The files that make a model folder. Weights of other formats and copies of them are left where they are. */
const modelFiles =
  /^(config|generation_config|tokenizer|tokenizer_config|special_tokens_map|chat_template)\.json$|^chat_template\.jinja$|^additional_chat_templates\/[\w-]+\.jinja$|^model(-\d+-of-\d+)?\.safetensors$|^model\.safetensors\.index\.json$/;

/**
 * A model of the hub, fetched into the cache.
 *
 * @param repo `org/name`
 * @throws {PullError} when there is no such model, no access, no safetensors in it, or no way to the hub
 */
export const pullFromHub = async (repo: string, options: PullOptions): Promise<string> =>
  snapshot({ kind: 'model', name: repo }, options, 'model', files => {
    const wanted = files.filter(({ path }) => modelFiles.test(path));
    const single = wanted.some(({ path }) => path === 'model.safetensors');
    const needed = single
      ? wanted.filter(({ path }) => !/^model(-|\.safetensors\.index)/.test(path))
      : wanted;
    if (needed.some(({ path }) => path.endsWith('.safetensors'))) return needed;
    const ggufs = files.flatMap(({ path }) => (path.endsWith('.gguf') ? [path] : []));
    throw new PullError(
      repo,
      'has no model.safetensors on the hub.',
      ggufs.length
        ? `It has GGUF files; name one of them: ${ggufs.map(file => `${repo}/${file}`).join(', ')}.`
        : 'Use a version of the model that has safetensors or GGUF files.',
    );
  });

/** One GGUF file of a repository on the hub, fetched into the cache; returns its path there. */
export const pullGgufFromHub = async (repo: string, file: string, options: PullOptions): Promise<string> => {
  const folder = await snapshot({ kind: 'model', name: repo }, options, file, files => {
    const found = files.find(({ path }) => path === file);
    if (found) return [found];
    const others = files.flatMap(({ path }) => (path.endsWith('.gguf') ? [path] : [])).join(', ');
    throw new PullError(
      `${repo}/${file}`,
      'is not in that repository.',
      `GGUF files in it: ${others || 'none'}.`,
    );
  });
  return join(folder, file);
};
