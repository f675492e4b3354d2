/**
 * Perplexity of quantized weights: SmolLM2-135M-Instruct on helpful answers in float32, in 8 and in 4 bits, and with the
 * quantized weights dequantized to float32, which separates the error of the weights from that of the activations.
 *
 * Then the full-precision weights with 8-bit products (`matmul_precision: 'int8'`).
 *
 *   pnpm bench quantized [texts=24]
 */
import { readFile } from 'node:fs/promises';
import { pull } from '../packages/checkpoint/src/index.js';
import { promptFile } from '../packages/critique/src/index.js';
import { localModel, type MatmulPrecision } from '../packages/generate/src/index.js';
import { loadModel, type PretrainedModel, quantizeModel } from '../packages/models/src/index.js';
import { createOnnxRuntime } from '../packages/runtime-onnx/src/index.js';
import type { FrozenWeight, QuantizedMatrix, StoredTensor } from '../packages/tensor/src/index.js';
import { numberArgument } from './argument.js';

const count = numberArgument('texts', 24);
const folder = await pull(process.env.SMOLLM2_GGUF ?? 'smollm2-135m-instruct');
const pretrained = await loadModel(folder);
const { tokenizer } = pretrained;
const runtime = await createOnnxRuntime();

const bytes = (stored: QuantizedMatrix['values']): Uint8Array => {
  if (!('data' in stored)) throw new Error('a new quantized matrix is in memory');
  return stored.data;
};

/** Dequantized matrix as float32. */
const dequantized = ({ dtype, shape, block, ...matrix }: QuantizedMatrix): StoredTensor => {
  const [out, in_] = shape;
  const blocks = in_ / block;
  const values = bytes(matrix.values);
  const scaleBytes = bytes(matrix.scales);
  const scales = new Float32Array(scaleBytes.buffer, scaleBytes.byteOffset, out * blocks);
  const zeros = matrix.zeroPoints && bytes(matrix.zeroPoints);
  const nibble = (from: Uint8Array, i: number) => (from[i >> 1]! >> (4 * (i & 1))) & 15;
  const data = new Float32Array(out * in_);
  for (let row = 0; row < out; row++) {
    for (let column = 0; column < in_; column++) {
      const i = row * in_ + column;
      const b = Math.floor(column / block);
      const q = dtype === 'uint8' ? values[i]! : nibble(values, i);
      const zero = dtype === 'uint8' ? 128 : zeros ? nibble(zeros, row * 2 * Math.ceil(blocks / 2) + b) : 8;
      data[i] = scales[row * blocks + b]! * (q - zero);
    }
  }
  return { dtype: 'float32', shape: [out, in_], data: new Uint8Array(data.buffer) };
};

const isQuantized = (weight: FrozenWeight): weight is QuantizedMatrix => 'block' in weight;
const dequantizedWeights = async (bits: '4bit' | '8bit'): Promise<ReadonlyMap<string, StoredTensor>> => {
  const { quantized } = await quantizeModel(pretrained, bits);
  return new Map(
    [...quantized].map(([name, weight]) => [name, isQuantized(weight) ? dequantized(weight) : weight]),
  );
};

const lines = (await readFile(promptFile('helpful'), 'utf8')).trim().split('\n').slice(0, count);
const texts = lines.map(line => {
  const { prompt, response } = JSON.parse(line);
  const chat = typeof prompt === 'string' ? [{ role: 'user', content: prompt }] : prompt;
  return tokenizer.applyChatTemplate([...chat, { role: 'assistant', content: response }]).ids;
});

const perplexity = async (
  label: string,
  of: PretrainedModel,
  matmul_precision: MatmulPrecision = 'float32',
): Promise<number> => {
  const model = localModel({ runtime, model: of, name: label, matmul_precision });
  let sum = 0;
  let n = 0;
  for (const ids of texts) {
    for (const logprob of await model.scoreIds(ids)) {
      sum += logprob;
      n += 1;
    }
  }
  await model.dispose();
  const value = Math.exp(-sum / n);
  console.log(`${label}: perplexity ${value.toFixed(3)} on ${n} tokens of ${texts.length} texts`);
  return value;
};

const full = await perplexity('float32', pretrained);
const compare = (label: string, value: number, against: number) =>
  console.log(`${label}: ${((value / against - 1) * 100).toFixed(2)} %`);
compare('int8 products against float32', await perplexity('int8 products', pretrained, 'int8'), full);
for (const bits of ['8bit', '4bit'] as const) {
  const quantized = await perplexity(bits, await quantizeModel(pretrained, bits));
  const same = await perplexity(`${bits}, dequantized to float32`, {
    ...pretrained,
    weights: await dequantizedWeights(bits),
  });
  compare(`${bits} against its dequantized weights`, quantized, same);
  compare(`${bits} against float32`, quantized, full);
}
await runtime.dispose();
