/** An architecture's facts that GGUF and Hugging Face write differently. */
export interface GgufArchitecture {
  /** `general.architecture`. */
  readonly name: string;
  /** `architectures` of config.json. */
  readonly class: string;
  /** True when each head's two rotary halves are interleaved in the rows of q and k. */
  readonly interleavedRotary: boolean;
  /** Number that GGUF's norms have more than Hugging Face's. */
  readonly normOffset: number;
  /** Names of a layer's modules: GGUF's → Hugging Face's. */
  readonly layerNames: ReadonlyMap<string, string>;
}

const projections = {
  attn_q: 'self_attn.q_proj',
  attn_k: 'self_attn.k_proj',
  attn_v: 'self_attn.v_proj',
  attn_output: 'self_attn.o_proj',
  attn_q_norm: 'self_attn.q_norm',
  attn_k_norm: 'self_attn.k_norm',
  ffn_gate: 'mlp.gate_proj',
  ffn_up: 'mlp.up_proj',
  ffn_down: 'mlp.down_proj',
} as const;

const llamaNames = new Map<string, string>(
  Object.entries({ ...projections, attn_norm: 'input_layernorm', ffn_norm: 'post_attention_layernorm' }),
);

/** Norms before and after each part of a layer. */
const gemmaNames = new Map<string, string>(
  Object.entries({
    ...projections,
    attn_norm: 'input_layernorm',
    post_attention_norm: 'post_attention_layernorm',
    ffn_norm: 'pre_feedforward_layernorm',
    post_ffw_norm: 'post_feedforward_layernorm',
  }),
);

const llama: GgufArchitecture = {
  name: 'llama',
  class: 'LlamaForCausalLM',
  interleavedRotary: true,
  normOffset: 0,
  layerNames: llamaNames,
};

/** Architectures by their `model_type`. Mistral's files say that they are Llama. */
export const ggufArchitectures: ReadonlyMap<string, GgufArchitecture> = new Map([
  ['llama', llama],
  ['mistral', { ...llama, class: 'MistralForCausalLM' }],
  ['qwen2', { ...llama, name: 'qwen2', class: 'Qwen2ForCausalLM', interleavedRotary: false }],
  ['qwen3', { ...llama, name: 'qwen3', class: 'Qwen3ForCausalLM', interleavedRotary: false }],
  [
    'gemma3_text',
    {
      name: 'gemma3',
      class: 'Gemma3ForCausalLM',
      interleavedRotary: false,
      normOffset: 1,
      layerNames: gemmaNames,
    },
  ],
]);

/** Names of the modules outside of the layers: GGUF's → Hugging Face's. */
export const topNames: ReadonlyMap<string, string> = new Map([
  ['token_embd', 'model.embed_tokens'],
  ['output_norm', 'model.norm'],
  ['output', 'lm_head'],
]);

/** GGUF's name of a module such as `model.layers.0.self_attn.q_proj`; undefined for one that the architecture has not. */
export const ggufModuleName = (module: string, { layerNames }: GgufArchitecture): string | undefined => {
  const [, layer, part] = /^model\.layers\.(\d+)\.(.+)$/.exec(module) ?? [];
  const names = layer === undefined ? topNames : layerNames;
  const found = [...names].find(([, name]) => name === (part ?? module))?.[0];
  return found !== undefined && layer !== undefined ? `blk.${layer}.${found}` : found;
};
