import type { WritableType } from '../quantizations/quantize.js';

/** Types of a whole model, by the names of llama.cpp's tools, with their numbers in `general.file_type`. */
export const ggufFileTypes = {
  f32: 0,
  f16: 1,
  bf16: 32,
  q8_0: 7,
  q4_0: 2,
  q4_k_m: 15,
} as const;

export type GgufFileType = keyof typeof ggufFileTypes;

const matrices: Readonly<Record<GgufFileType, WritableType>> = {
  f32: 'F32',
  f16: 'F16',
  bf16: 'BF16',
  q8_0: 'Q8_0',
  q4_0: 'Q4_0',
  q4_k_m: 'Q4_K',
};

/** Types for rows that are no multiple of a type's blocks. */
const fallbacks: Partial<Record<WritableType, WritableType>> = {
  Q4_K: 'Q5_0',
  Q6_K: 'Q8_0',
  Q8_0: 'F16',
  Q5_0: 'F16',
  Q4_0: 'F16',
};

const blockElements = (type: WritableType): number =>
  type.endsWith('_K') ? 256 : type.startsWith('Q') ? 32 : 1;

/** Layers whose values and down projections Q4_K_M stores more finely: an eighth at each end, and every third between. */
const isSensitive = (layer: number, layers: number): boolean =>
  layer < Math.floor(layers / 8) ||
  layer >= Math.floor((7 * layers) / 8) ||
  (layer - Math.floor(layers / 8)) % 3 === 2;

/**
 * The type of a tensor in a file of this type: norms and biases stay in float32, and in files of 4 bits the vocabulary
 * projection (the embedding table where the two are tied) gets more.
 *
 * @param name in GGUF
 * @see llama.cpp `convert_hf_to_gguf.py`, and `llama_tensor_get_type` of `llama-quant.cpp`
 */
export const tensorType = (
  name: string,
  shape: readonly number[],
  file: GgufFileType,
  model: { readonly layers: number; readonly tied: boolean },
): WritableType => {
  if (shape.length === 1 || name.endsWith('_norm.weight')) return 'F32';
  const layer = Number(/^blk\.(\d+)\./.exec(name)?.[1] ?? -1);
  const isHead = name === (model.tied ? 'token_embd.weight' : 'output.weight');
  const isFine = /\.(attn_v|ffn_down)\.weight$/.test(name) && isSensitive(layer, model.layers);
  let type = matrices[file];
  if (file === 'q4_0' && isHead) type = 'Q6_K';
  if (file === 'q4_k_m' && (isHead || isFine)) type = 'Q6_K';
  while (shape.at(-1)! % blockElements(type)) type = fallbacks[type]!;
  return type;
};
