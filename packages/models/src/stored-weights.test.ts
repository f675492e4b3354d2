import { createOnnxRuntime } from '@charter/runtime-onnx';
import type { Runtime } from '@charter/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { largestDifference, openFixture, readScores } from './testing/fixture-model.js';
import { packedLogps, packTexts } from './testing/packed-logps.js';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await createOnnxRuntime({ threads: 1 });
});
afterAll(() => runtime?.dispose());

describe.each(['llama', 'mistral', 'qwen2', 'qwen3', 'gemma3', 'phi3'])(
  '%s gives the log-probabilities of transformers',
  name => {
    it.each([
      ['float16, in one file', 'float16'],
      ['bfloat16, in several files with an index', 'bfloat16'],
    ])('from weights in %s', async (_, dtype) => {
      const model = await openFixture(`${name}/${dtype}`, 'storage');
      expect(new Set([...model.weights.values()].map(weight => weight.dtype))).toEqual(new Set([dtype]));
      const scores = await readScores(`storage/${name}/${dtype}/scores.json`);
      const { rows, labels } = packTexts(
        scores.map(({ ids }) => ids),
        [
          [0, 1],
          [2, 3],
        ],
      );
      const expected = scores.flatMap(({ logprobs }) => logprobs);
      expect(largestDifference(await packedLogps(runtime, model, rows, labels), expected)).toBeLessThan(1e-4);
    });
  },
);
