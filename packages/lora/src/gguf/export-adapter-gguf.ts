import { basename, join, resolve } from 'node:path';
import {
  type GgufTensorToWrite,
  type GgufValue,
  ggufModuleName,
  ggufValues,
  modelMetadata,
  openCheckpoint,
  sameTensor,
  writeGguf,
} from '@charter/checkpoint';
import { LM_HEAD } from '../config/lora-targets.js';
import { LoraError } from '../errors.js';
import { loadAdapter } from '../files/load-adapter.js';
import { parameterNames } from '../linear/lora-parameters.js';
import { modulesOf } from '../merge/modules-of.js';

export interface ExportAdapterRequest {
  /** Folder of the base model, in Hugging Face layout. */
  readonly model: string;
  /** Folder of the adapter. */
  readonly adapter: string;
  /** The GGUF file to be made. */
  readonly out: string;
  /** Type of the matrices; default `f32`. */
  readonly type?: 'f32' | 'f16' | 'bf16' | undefined;
}

/**
 * Writes an adapter as a GGUF file that llama.cpp puts on its base (`--lora`), as `convert_lora_to_gguf.py` does: A as
 * `….lora_a` `[r, in]`, B as `….lora_b` `[out, r]`. llama.cpp knows one alpha and divides it by each matrix's rank: what
 * rank-stabilized or different alphas add is in B.
 *
 * @throws {LoraError} when llama.cpp cannot put it on a model unmerged: magnitudes (DoRA), fully trained modules, or a
 *   vocabulary projection that is tied to the embedding table
 */
export const exportAdapterGguf = async ({
  model,
  adapter,
  out,
  type = 'f32',
}: ExportAdapterRequest): Promise<void> => {
  const base = await openCheckpoint(model);
  const facts = modelMetadata(base.config, join(model, 'config.json'));
  const [head, table] = [LM_HEAD, 'model.embed_tokens'].map(name => base.weights.get(`${name}.weight`));
  const headIsTied = !head || (table !== undefined && (await sameTensor(head, table)));
  const { targets, tensors } = await loadAdapter(
    adapter,
    modulesOf(base.weights, headIsTied),
    `${(base.config as { model_type?: string }).model_type}`,
  );
  const refused = targets.filter(({ kind, name }) => kind !== undefined || (name === LM_HEAD && headIsTied));
  if (refused.length) {
    throw new LoraError(
      'llama.cpp cannot put DoRA, fully trained modules (modules_to_save) or a change of a tied lm_head on a model. Merge the adapter and write the whole model.',
      adapter,
      refused.map(({ name }) => name),
    );
  }
  // alpha / r of the first target is exact without a factor; others differ from it by theirs.
  const alpha = targets[0]!.scaling * targets[0]!.r;
  const written = new Map<string, GgufTensorToWrite>();
  const storage = ({ f32: 'F32', f16: 'F16', bf16: 'BF16' } as const)[type];
  for (const { name, r, scaling } of targets) {
    const module = ggufModuleName(name, facts.architecture);
    if (module === undefined) throw new LoraError('llama.cpp has no name for it.', adapter, [name]);
    const names = parameterNames(name);
    const [a, b] = [tensors.get(names.A)!, tensors.get(names.B)!];
    const factor = (scaling * r) / alpha;
    const scaled = factor === 1 ? b.data : b.data.map(value => value * factor);
    const rows = ggufValues(`${name}.weight`, b.shape, scaled, facts);
    written.set(`${module}.weight.lora_a`, { shape: a.shape, type: storage, data: () => a.data });
    written.set(`${module}.weight.lora_b`, { shape: b.shape, type: storage, data: () => rows });
  }
  await writeGguf(
    out,
    new Map<string, GgufValue>([
      ['general.architecture', facts.architecture.name],
      ['general.type', 'adapter'],
      ['general.name', basename(resolve(adapter))],
      ['general.file_type', { uint32: { f32: 0, f16: 1, bf16: 32 }[type] }],
      ['general.quantization_version', { uint32: 2 }],
      ['adapter.type', 'lora'],
      ['adapter.lora.alpha', { float32: alpha }],
    ]),
    written,
  );
};
