import type { AdaptableModule } from '@charter/models';
import type { StoredTensor } from '@charter/tensor';
import { EMBEDDING, LM_HEAD } from '../config/lora-targets.js';

const weightOf = (module: string): string => `${module}.weight`;

/**
 * Every matrix but the embedding table is a linear module's weight in the architectures that adapters are made for, and
 * every other weight a norm's.
 */
export const modulesOf = (
  weights: ReadonlyMap<string, StoredTensor>,
  headIsTied: boolean,
): AdaptableModule[] => {
  const modules: AdaptableModule[] = [];
  const suffix = weightOf('');
  for (const [weight, { shape }] of weights) {
    const name = weight.slice(0, -suffix.length);
    if (!weight.endsWith(suffix) || name === EMBEDDING || name === LM_HEAD) continue;
    const kind = shape.length === 1 ? 'norm' : 'linear';
    const bias = weights.has(`${name}.bias`);
    modules.push({ name, in_features: shape.at(-1)!, out_features: shape[0]!, kind, bias });
  }
  const head = weights.get(weightOf(headIsTied ? EMBEDDING : LM_HEAD));
  if (head)
    modules.push({ name: LM_HEAD, in_features: head.shape[1]!, out_features: head.shape[0]!, kind: LM_HEAD });
  return modules;
};
