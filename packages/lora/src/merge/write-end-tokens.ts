import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { applyEdits, modify } from 'jsonc-parser';

const FILE = 'generation_config.json';

/**
 * Adds ids to `eos_token_id` of a model folder's `generation_config.json`, so that whoever generates with the model
 * stops at each of them. What is there comes first and everything else in the file stays as it is; a folder without the
 * file gets one, which begins with the id of `config.json`, as transformers does.
 */
export const writeEndTokens = async (folder: string, ids: readonly number[]): Promise<void> => {
  const file = join(folder, FILE);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  const source = JSON.parse(text ?? (await readFile(join(folder, 'config.json'), 'utf8')));
  const known: number[] = [source.eos_token_id ?? []].flat();
  const all = [...new Set([...known, ...ids])];
  if (all.length === known.length) return;
  const eos_token_id = all.length === 1 ? all[0] : all;
  if (text === undefined) {
    const { bos_token_id, pad_token_id } = source;
    return writeFile(file, `${JSON.stringify({ bos_token_id, eos_token_id, pad_token_id }, null, 2)}\n`);
  }
  const formattingOptions = { insertSpaces: true, tabSize: 2 };
  await writeFile(
    file,
    applyEdits(text, modify(text, ['eos_token_id'], eos_token_id, { formattingOptions })),
  );
};
