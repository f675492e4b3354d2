import { resolve } from 'node:path';
import { loadLoraAdapter } from '@charter/generate';
import { adapterFingerprint } from '../command-line/run-record.js';

/**
 * Loads an adapter into the servers behind endpoints, which have to see its folder. Its name there follows from its
 * weights: an adapter that is trained further is another one.
 *
 * @returns the name that requests ask for
 */
export const serveAdapter = async (folder: string, urls: readonly string[]): Promise<string> => {
  const lora_name = `charter-${(await adapterFingerprint(folder))!.slice(0, 12)}`;
  await Promise.all(urls.map(url => loadLoraAdapter({ url, lora_name, lora_path: resolve(folder) })));
  return lora_name;
};
