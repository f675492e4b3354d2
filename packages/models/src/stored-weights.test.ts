import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCheckpoint, readTensor, writeSafetensors } from '@charter/checkpoint';
import { createOnnxRuntime } from '@charter/runtime-onnx';
import type { Runtime, StorageDType } from '@charter/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseModelConfig } from './config/parse-model-config.js';
import { fixture, largestDifference, readScores } from './testing/fixture-model.js';
import { packedLogps } from './testing/packed-logps.js';

let runtime: Runtime;
let scratch: string;
beforeAll(async () => {
  runtime = await createOnnxRuntime({ threads: 1 });
  scratch = await mkdtemp(join(tmpdir(), 'stored-'));
});
afterAll(async () => {
  await runtime?.dispose();
  await rm(scratch, { recursive: true });
});

/** Folder of a model by transformers, and the log-probabilities of these very weights. */
const storedBy = (name: string, dtype: StorageDType): { folder: string; scores: string } =>
  dtype === 'float32'
    ? { folder: fixture(`models/${name}`), scores: `scores/${name}.json` }
    : { folder: fixture(`storage/${name}/${dtype}`), scores: `storage/${name}/${dtype}/scores.json` };

/** The same weights in N files; with an index where it is more than one. */
const inFiles = async (folder: string, dtype: StorageDType, files: number): Promise<string> => {
  const out = await mkdtemp(join(scratch, 'model-'));
  await cp(join(folder, 'config.json'), join(out, 'config.json'));
  const weights = [...(await openCheckpoint(folder)).weights];
  const weight_map: Record<string, string> = {};
  for (let i = 0; i < files; i++) {
    const file = files === 1 ? 'model.safetensors' : `model-0000${i + 1}-of-0000${files}.safetensors`;
    const part = new Map<string, { shape: readonly number[]; dtype: StorageDType; data: Float32Array }>();
    for (const [name, stored] of weights.filter((_, at) => at % files === i)) {
      part.set(name, { shape: stored.shape, dtype, data: await readTensor(stored) });
      weight_map[name] = file;
    }
    await writeSafetensors(join(out, file), part);
  }
  if (files > 1)
    await writeFile(join(out, 'model.safetensors.index.json'), JSON.stringify({ metadata: {}, weight_map }));
  return out;
};

describe.each(['llama', 'mistral', 'qwen2', 'qwen3', 'gemma3', 'phi3'])(
  '%s gives the log-probabilities of transformers',
  name => {
    describe.each(['float32', 'float16', 'bfloat16'] as const)('from weights in %s', dtype => {
      it.each([
        ['as transformers stored them', undefined],
        ['in one file', 1],
        ['in three files with an index', 3],
      ])('%s', async (_, files) => {
        const { folder, scores: file } = storedBy(name, dtype);
        const checkpoint = await openCheckpoint(files ? await inFiles(folder, dtype, files) : folder);
        const { weights } = checkpoint;
        expect(new Set([...weights.values()].map(weight => weight.dtype))).toEqual(new Set([dtype]));
        const scores = await readScores(file);
        const texts = scores.map(({ ids }) => ids);
        const expected = scores.flatMap(({ logprobs }) => logprobs);
        const model = { config: parseModelConfig(checkpoint.config), weights };
        expect(largestDifference(await packedLogps(runtime, model, texts), expected)).toBeLessThan(1e-4);
      });
    });
  },
);
