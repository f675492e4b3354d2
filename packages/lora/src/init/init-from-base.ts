import { readTensor } from '@charter/checkpoint';
import type { StoredTensor } from '@charter/tensor';
import { EMBEDDING, LM_HEAD, type LoraTarget } from '../config/lora-targets.js';
import { LoraError } from '../errors.js';
import { parameterNames, savedName } from '../linear/lora-parameters.js';
import { addLowRankProduct, rowNorms } from '../merge/merged-weight.js';

/**
 * Starting values that come from the base: DoRA's magnitudes, which are the norms of the rows of `W + s B A`, so that
 * the adapter starts as LoRA would; and the weights of fully trained modules.
 *
 * @param values A and B of every target, as `initLora` gives them
 * @param weights the base's, by their names
 * @returns values by PEFT's names, float32
 * @see peft `DoraLinearLayer.update_layer`, `ModulesToSaveWrapper`
 */
export const initFromBase = async (
  targets: readonly LoraTarget[],
  values: ReadonlyMap<string, Float32Array>,
  weights: ReadonlyMap<string, StoredTensor>,
): Promise<Map<string, Float32Array>> => {
  const started = new Map<string, Float32Array>();
  const read = async (module: string, part: string) => {
    const stored =
      weights.get(`${module}.${part}`) ??
      (module === LM_HEAD ? weights.get(`${EMBEDDING}.${part}`) : undefined);
    if (!stored) throw new LoraError(`the model has no weight ${module}.${part}.`, '', [module]);
    return readTensor(stored);
  };
  for (const { name, kind, r, scaling, out_features, trained = {} } of targets) {
    for (const part of Object.keys(trained))
      started.set(savedName(`${name}.${part}`), await read(name, part));
    if (kind !== 'dora') continue;
    const weight = await read(name, 'weight');
    const names = parameterNames(name);
    addLowRankProduct(weight, { A: values.get(names.A)!, B: values.get(names.B)!, r, scaling });
    started.set(names.magnitude, rowNorms(weight, out_features));
  }
  return started;
};
