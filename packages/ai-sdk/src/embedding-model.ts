import type { EmbeddingModelV4 } from '@ai-sdk/provider';
import type { LocalModel } from '@charter/generate';
import { PROVIDER } from './to-ai-sdk.js';

/** Vectors of texts: the mean of the last hidden states over a text's tokens, not scaled to length 1. */
export const embeddingModel = (modelId: string, open: () => Promise<LocalModel>): EmbeddingModelV4 => ({
  specificationVersion: 'v4',
  provider: PROVIDER,
  modelId,
  maxEmbeddingsPerCall: undefined,
  // The model computes one text after the other.
  supportsParallelCalls: false,
  async doEmbed({ values, dimensions, abortSignal }) {
    const model = await open();
    const embeddings: number[][] = [];
    for (const value of values) {
      abortSignal?.throwIfAborted();
      embeddings.push([...(await model.embed(value))]);
    }
    const details = 'A vector has as many numbers as the hidden states of the model.';
    return {
      embeddings,
      warnings: dimensions === undefined ? [] : [{ type: 'unsupported', feature: 'dimensions', details }],
    };
  },
});
