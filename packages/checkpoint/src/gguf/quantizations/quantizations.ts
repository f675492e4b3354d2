import { widenBfloat16, widenFloat16 } from '../../tensors/half-floats.js';
import { codebookQuants } from './codebook-quants.js';
import { kQuants } from './k-quants.js';
import { plain, type Quantization } from './quantization.js';
import { smallBlocks } from './small-blocks.js';

/** The types that can be read, by their name in ggml. */
export const quantizations: ReadonlyMap<string, Quantization> = new Map(
  Object.entries({
    F32: plain(4, ({ buffer }) => new Float32Array(buffer)),
    F16: plain(2, ({ buffer }) => widenFloat16(new Uint16Array(buffer))),
    BF16: plain(2, ({ buffer }) => widenBfloat16(new Uint16Array(buffer))),
    ...smallBlocks,
    ...kQuants,
    ...codebookQuants,
  }),
);
