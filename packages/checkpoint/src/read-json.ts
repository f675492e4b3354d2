import { readFile } from 'node:fs/promises';
import { CheckpointError } from './checkpoint-error.js';

/**
 * A JSON file, parsed; undefined when there is none.
 * @throws {CheckpointError} when it cannot be read or is not JSON
 */
export const readJson = async (file: string): Promise<unknown> => {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CheckpointError(file, `cannot be read: ${(cause as Error).message}`, { cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CheckpointError(file, `is not valid JSON: ${(cause as Error).message}`, { cause });
  }
};
