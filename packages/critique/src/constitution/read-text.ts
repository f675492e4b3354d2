import { readFile } from 'node:fs/promises';
import { CritiqueError } from '../critique-error.js';

/** @throws {CritiqueError} when the file cannot be read */
export const readText = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch(cause => {
    throw new CritiqueError(`cannot be read (${(cause as Error).message})`, { file }, { cause });
  });
