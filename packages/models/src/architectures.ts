import type { Architecture } from './architecture.js';
import { llama } from './llama.js';
import { mistral } from './mistral.js';
import { qwen2 } from './qwen2.js';
import { qwen3 } from './qwen3.js';

/** Every architecture there is, by `model_type`. A new one is a file like these and a name here. */
export const architectures: ReadonlyMap<string, Architecture> = new Map(
  [llama, mistral, qwen2, qwen3].map(architecture => [architecture.model_type, architecture]),
);
