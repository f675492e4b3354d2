import type { Value } from '@charter/tensor';
import type { z } from 'zod';
import type { ModelConfig } from '../config/model-config.js';
import type { Module } from '../decoder/module.js';
import type { LayerContext } from './decoder-layer.js';

/** One `model_type`: how its `config.json` is read and what one of its layers computes. */
export interface Architecture {
  readonly model_type: string;
  /** From `config.json` to a complete configuration. */
  readonly config: z.ZodType<ModelConfig>;
  /** Number added to the weight of each norm: Gemma stores the difference from 1. Default: 0. */
  readonly normOffset?: number;
  /** Factor of the embeddings before the first layer; default: 1. */
  readonly embeddingScale?: (config: ModelConfig) => number;
  /** `x [tokens, hidden]` → the same, through the layer whose module is `m`. */
  layer(m: Module, x: Value, context: LayerContext): Value;
}
