import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCheckpoint, readTensor, type TensorToWrite, writeSafetensors } from '@charter/checkpoint';
import { expect, test } from 'vitest';
import { fixture } from '../testing/fixture-model.js';
import { loadModel } from './load-model.js';

/** The tiny Llama with other weights in its file: the tensors that `change` gives for those that it has. */
const changed = async (
  change: (tensors: Map<string, TensorToWrite>) => Map<string, TensorToWrite>,
  config: object = {},
): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'charter-load-'));
  await cp(fixture('models/llama'), folder, { recursive: true });
  const { weights } = await openCheckpoint(folder);
  const tensors = new Map<string, TensorToWrite>();
  for (const [name, stored] of weights) {
    tensors.set(name, { shape: stored.shape, data: await readTensor(stored) });
  }
  await rm(join(folder, 'model.safetensors'));
  await writeSafetensors(join(folder, 'model.safetensors'), change(tensors));
  const file = join(folder, 'config.json');
  await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), ...config }));
  return folder;
};

test('weights that AutoModel saved, without the prefix of the causal model, are found', async () => {
  const folder = await changed(
    tensors => new Map([...tensors].map(([name, tensor]) => [name.replace(/^model\./, ''), tensor])),
  );
  const { weights } = await loadModel(folder);
  const original = await loadModel(fixture('models/llama'));
  expect([...weights.keys()].sort()).toEqual([...original.weights.keys()].sort());
});

test('a second matrix in the file unties the vocabulary projection, a copy of the first does not', async () => {
  const withHead = (factor: number) =>
    changed(
      tensors => {
        const { shape, data } = tensors.get('model.embed_tokens.weight')!;
        const head = (data as Float32Array).map(value => value * factor);
        return new Map([...tensors, ['lm_head.weight', { shape, data: head }]]);
      },
      { tie_word_embeddings: true },
    );
  expect((await loadModel(await withHead(2))).config.tie_word_embeddings).toBe(false);
  expect((await loadModel(await withHead(1))).config.tie_word_embeddings).toBe(true);
});

test('weights that are missing, or of another shape, are named with the folder', async () => {
  const missing = await changed(tensors => {
    tensors.delete('model.norm.weight');
    return tensors;
  });
  await expect(loadModel(missing)).rejects.toThrow(`${missing}: has no model.norm.weight among its weights.`);
  const wide = await changed(tensors => {
    tensors.set('model.norm.weight', { shape: [3], data: Float32Array.of(1, 2, 3) });
    return tensors;
  });
  await expect(loadModel(wide)).rejects.toThrow(
    'tensor "model.norm.weight": has the shape [3], but config.json asks for',
  );
});

test.each(['model.layers.0.self_attn.k_proj.weight', 'model.embed_tokens.weight'])(
  'a NaN in a weight is refused before any engine sees it: %s',
  async name => {
    const folder = await changed(tensors => {
      (tensors.get(name)!.data as Float32Array)[17] = Number.NaN;
      return tensors;
    });
    await expect(loadModel(folder)).rejects.toThrow(`tensor "${name}": element 17 is NaN or infinite`);
  },
);
