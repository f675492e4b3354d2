import { encodeSafetensors } from '@charter/checkpoint';
import type { LoraConfig } from '../config/lora-config.js';
import type { LoraTarget } from '../config/lora-targets.js';
import { loraParameters } from '../linear/lora-parameters.js';
import { CONFIG_FILE, TENSORS_FILE } from './adapter-folder.js';
import { checkTensors } from './check-tensors.js';
import { modelCard } from './model-card.js';
import { savedConfig } from './saved-config.js';

/** An adapter to be written. */
export interface AdapterToSave {
  readonly config: LoraConfig;
  readonly targets: readonly LoraTarget[];
  /** Tensors of `loraParameters`, by PEFT's names. */
  readonly tensors: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;
  /** The model that it belongs to: an id on a hub, or a folder. PEFT loads the base from there. */
  readonly baseModel: string;
}

/**
 * Files of an adapter besides its tensors: file name → text.
 *
 * @param where what errors call the adapter
 * @throws {LoraError} when the tensors are not exactly those of the targets
 */
export const adapterTexts = (
  { config, targets, tensors, baseModel }: AdapterToSave,
  where: string,
): { readonly [CONFIG_FILE]: string; readonly 'README.md': string } => {
  checkTensors(loraParameters(targets), tensors, {
    where,
    advice: 'Nothing was written: an adapter is saved with all of its tensors and no others.',
  });
  return {
    [CONFIG_FILE]: `${JSON.stringify(savedConfig(config, targets, baseModel), null, 2)}\n`,
    'README.md': modelCard(config, targets, baseModel),
  };
};

/**
 * The files of an adapter in memory, byte for byte those that {@link saveAdapter} writes: what a browser offers for
 * download. PEFT loads a folder that holds them.
 *
 * @throws {LoraError} when the tensors are not exactly those of the targets
 */
export const adapterFiles = (adapter: AdapterToSave): ReadonlyMap<string, Uint8Array<ArrayBuffer>> => {
  const utf8 = new TextEncoder();
  const texts = Object.entries(adapterTexts(adapter, 'the adapter'));
  return new Map([
    [TENSORS_FILE, encodeSafetensors(adapter.tensors)],
    ...texts.map(([name, text]) => [name, utf8.encode(text)] as const),
  ]);
};
