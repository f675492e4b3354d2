import { sha256 } from '@charter/core/node';
import { frozenAdapter, loadAdapter } from '@charter/lora';
import { adaptableModules, type LinearLayer } from '@charter/models';
import type { FrozenWeight, Graph } from '@charter/tensor';
import { type BaseModel, weightsFingerprint } from '@charter/trainer';

/** Whom the policy is compared with: the base model, or the base with a frozen adapter (a folder in PEFT's format). */
export type Reference = 'base' | { readonly adapter: string };

/** A frozen model: its weights, how its linear layers are computed, and a hash by which it is known again. */
export interface ReferenceModel {
  readonly weights: ReadonlyMap<string, FrozenWeight>;
  linear(graph: Graph): LinearLayer | undefined;
  readonly fingerprint: string;
}

export const referenceModel = async (model: BaseModel, reference: Reference): Promise<ReferenceModel> => {
  const adapter = reference === 'base' ? undefined : await openAdapter(model, reference.adapter);
  const weights = new Map<string, FrozenWeight>([
    ...(model.quantized ?? model.weights),
    ...(adapter?.weights ?? []),
  ]);
  const facts = [model.config, adapter?.targets, await weightsFingerprint(weights)];
  return {
    weights,
    linear: graph => adapter?.linear(graph),
    fingerprint: sha256(facts),
  };
};

const openAdapter = async ({ config }: BaseModel, folder: string) => {
  const modules = adaptableModules(config);
  return frozenAdapter(await loadAdapter(folder, modules, config.model_type), modules, config.model_type);
};
