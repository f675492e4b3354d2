import { createCipheriv } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder, openSafetensors, writeSafetensors } from '../../packages/checkpoint/src/index.js';
import { linearModules, weightShapes } from '../../packages/models/src/index.js';
import type { FrozenWeight, QuantizedMatrix, StoredTensor } from '../../packages/tensor/src/index.js';
import { type ShapeName, shapeConfig } from './model-shapes.js';

const BLOCK = 32;

/**
 * Random 4-bit weights of a shape (the vocabulary projection in 8 bits), written directly in this form to a file of the
 * cache folder that an engine maps. Embeddings and norms are float32. `layers` keeps the first layers only.
 */
export const quantizedShape = async (
  name: ShapeName,
  layers?: number,
): Promise<ReadonlyMap<string, FrozenWeight>> => {
  const config = shapeConfig(name, layers);
  const folder = join(cacheFolder(), 'bench', 'shapes', `${name}-${config.num_hidden_layers}-4bit`);
  if (!existsSync(folder)) await make(name, config.num_hidden_layers, folder);
  const matrices = JSON.parse(await readFile(join(folder, 'matrices.json'), 'utf8')) as [
    string,
    QuantizedMatrix,
  ][];
  const file = join(folder, 'matrices.bin');
  const { tensors } = await openSafetensors(join(folder, 'rest.safetensors'));
  const rest = [...tensors] as [string, StoredTensor][];
  const at = (part: object) => ({ ...part, file }) as QuantizedMatrix['values'];
  return new Map<string, FrozenWeight>([
    ...rest,
    ...matrices.map(
      ([weight, { values, scales, ...matrix }]) =>
        [weight, { ...matrix, values: at(values), scales: at(scales) }] as const,
    ),
  ]);
};

const make = async (name: ShapeName, layers: number, folder: string): Promise<void> => {
  const config = shapeConfig(name, layers);
  const temporary = `${folder}.partial`;
  await mkdir(temporary, { recursive: true });
  const handle = await open(join(temporary, 'matrices.bin'), 'w');
  const matrices: [string, object][] = [];
  let offset = 0;
  const append = async (data: Uint8Array) => {
    await handle.writeFile(data);
    offset += data.byteLength;
    return { offset: offset - data.byteLength, length: data.byteLength };
  };
  for (const { name: module, kind, in_features, out_features } of linearModules(config)) {
    const bits = kind === 'lm_head' ? 8 : 4;
    // A uniform number of q from 0 to 2^bits has a deviation of 2^bits / √12.
    const scale = (Math.sqrt(12) / 2 ** bits) * in_features ** -0.5;
    const scales = new Float32Array((out_features * in_features) / BLOCK).fill(scale);
    matrices.push([
      `${module}.weight`,
      {
        dtype: bits === 8 ? 'uint8' : 'uint4',
        shape: [out_features, in_features],
        block: BLOCK,
        values: await append(randomBytes(module, (out_features * in_features * bits) / 8)),
        scales: await append(new Uint8Array(scales.buffer)),
      },
    ]);
  }
  await handle.close();
  const quantized = new Set(matrices.map(([weight]) => weight));
  await writeSafetensors(
    join(temporary, 'rest.safetensors'),
    [...weightShapes(config)].flatMap(([weight, shape]) =>
      quantized.has(weight) ? [] : [[weight, { shape, data: () => float32Values(shape) }] as const],
    ),
  );
  await writeFile(join(temporary, 'matrices.json'), JSON.stringify(matrices));
  await rename(temporary, folder);
};

/** Pseudo-random bytes, a function of the name. */
const randomBytes = (name: string, size: number): Uint8Array => {
  const key = Buffer.alloc(16);
  key.write(name.slice(-32), 'latin1');
  return createCipheriv('aes-128-ctr', key, Buffer.from(name.padEnd(16).slice(0, 16))).update(
    Buffer.alloc(size),
  );
};

/** Float32 values: 1 for norms, small numbers for embeddings. */
const float32Values = (shape: readonly number[]): Float32Array => {
  const data = new Float32Array(shape.reduce((n, d) => n * d, 1)).fill(1);
  if (shape.length > 1) for (let i = 0; i < data.length; i++) data[i] = ((i * 7919) % 2017) / 1008 - 1;
  return data;
};

/** The same weights dequantized to float32, in a file beside them. */
export const dequantizedShape = async (
  name: ShapeName,
  layers: number,
): Promise<ReadonlyMap<string, StoredTensor>> => {
  const weights = await quantizedShape(name, layers);
  const file = join(cacheFolder(), 'bench', 'shapes', `${name}-${layers}-dequantized.safetensors`);
  if (!existsSync(file)) {
    const matrices = [...weights].flatMap(([weight, matrix]) =>
      'block' in matrix
        ? [[weight, { shape: [...matrix.shape], data: () => dequantized(matrix) }] as const]
        : [],
    );
    await writeSafetensors(file, matrices);
  }
  const { tensors } = await openSafetensors(file);
  return new Map([...weights, ...tensors]) as ReadonlyMap<string, StoredTensor>;
};

const dequantized = async ({
  dtype,
  shape: [out, in_],
  values,
  scales,
}: QuantizedMatrix): Promise<Float32Array> => {
  const read = async (part: QuantizedMatrix['values']) => {
    if ('data' in part) throw new Error('expected a matrix in a file');
    const handle = await open(part.file);
    const { buffer } = await handle.read(Buffer.alloc(part.length), 0, part.length, part.offset);
    await handle.close();
    return buffer;
  };
  const q = await read(values);
  const factors = await read(scales);
  const data = new Float32Array(out * in_);
  for (let i = 0; i < data.length; i++) {
    const scale = factors.readFloatLE(4 * Math.floor(i / BLOCK));
    data[i] = scale * (dtype === 'uint8' ? q[i]! - 128 : ((q[i >> 1]! >> (4 * (i & 1))) & 15) - 8);
  }
  return data;
};
