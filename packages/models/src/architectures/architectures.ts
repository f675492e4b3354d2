import type { Architecture } from './architecture.js';
import { gemma3Text } from './gemma3-text.js';
import { llama } from './llama.js';
import { mistral } from './mistral.js';
import { phi3 } from './phi3.js';
import { qwen2 } from './qwen2.js';
import { qwen3 } from './qwen3.js';

/** Every architecture there is, by `model_type`. A new one is a file like these and a name here. */
export const architectures: ReadonlyMap<string, Architecture> = new Map(
  [gemma3Text, llama, mistral, phi3, qwen2, qwen3].map(architecture => [
    architecture.model_type,
    architecture,
  ]),
);
