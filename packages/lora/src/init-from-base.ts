import { readTensor, type StoredTensor } from '@charter/checkpoint';
import { LoraError } from './errors.js';
import { parameterNames } from './lora-parameters.js';
import { EMBEDDING, LM_HEAD, type LoraTarget } from './lora-targets.js';
import { addLowRankProduct, rowNorms } from './merged-weight.js';

/**
 * Starting values that come from the base: DoRA's magnitudes, which are the norms of the rows of `W + s B A`, so that
 * the adapter starts as LoRA would; and the weights of modules that are trained whole.
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
  for (const { name, kind, r, scaling } of targets) {
    if (kind === undefined) continue;
    const stored =
      weights.get(`${name}.weight`) ?? (name === LM_HEAD ? weights.get(`${EMBEDDING}.weight`) : undefined);
    if (!stored) throw new LoraError(`the model has no weight ${name}.weight.`, '', [name]);
    const weight = await readTensor(stored);
    const names = parameterNames(name);
    if (kind === 'full') {
      started.set(names.weight, weight);
      continue;
    }
    addLowRankProduct(weight, { A: values.get(names.A)!, B: values.get(names.B)!, r, scaling });
    started.set(names.magnitude, rowNorms(weight, stored.shape[0]!));
  }
  return started;
};
