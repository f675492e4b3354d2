/**
 * What holding linear layers in few bits costs: perplexity of SmolLM2-135M-Instruct on helpful answers with whole
 * weights, in 4 and in 8 bits, and with the same 4-bit weights widened to float32, which shows what the engine's
 * arithmetic alone adds.
 *
 *   pnpm bench quantized [texts=24]
 */
import { readFile } from 'node:fs/promises';
import { openCheckpoint, pull } from '../packages/checkpoint/src/index.js';
import { promptFile } from '../packages/critique/src/index.js';
import { localModel } from '../packages/generate/src/index.js';
import { quantizedWeights } from '../packages/generate/src/quantized-weights.js';
import { parseModelConfig } from '../packages/models/src/index.js';
import { createOnnxRuntime } from '../packages/runtime-onnx/src/index.js';
import type { FrozenWeight, QuantizedMatrix, StoredTensor } from '../packages/tensor/src/index.js';
import { loadTokenizer } from '../packages/tokenizer/src/index.js';

const count = Number(process.argv.find(arg => arg.startsWith('texts='))?.slice(6) ?? 24);
const folder = await pull(process.env.SMOLLM2_GGUF ?? 'smollm2-135m-instruct');
const { config: json, weights } = await openCheckpoint(folder);
const config = parseModelConfig(json);
const tokenizer = await loadTokenizer(folder);
const runtime = await createOnnxRuntime();

const bytes = (stored: QuantizedMatrix['values']): Uint8Array => {
  if (!('data' in stored)) throw new Error('what was just quantized is in memory');
  return stored.data;
};

/** The numbers that a 4- or 8-bit matrix stands for. */
const widened = ({ dtype, shape, block, ...matrix }: QuantizedMatrix): StoredTensor => {
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
const widen = async (bits: '4bit' | '8bit'): Promise<ReadonlyMap<string, StoredTensor>> => {
  const quantized = await quantizedWeights(config, weights, bits);
  return new Map(
    [...quantized].map(([name, weight]) => [name, isQuantized(weight) ? widened(weight) : weight]),
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
  options: { weights: ReadonlyMap<string, StoredTensor>; quantize?: '4bit' | '8bit' },
): Promise<number> => {
  const model = localModel({ runtime, config, tokenizer, name: label, ...options });
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

const whole = await perplexity('float32', { weights });
const compare = (label: string, value: number, against: number) =>
  console.log(`${label}: ${((value / against - 1) * 100).toFixed(2)} %`);
for (const bits of ['8bit', '4bit'] as const) {
  const quantized = await perplexity(bits, { weights, quantize: bits });
  const same = await perplexity(`${bits}, the same weights widened`, { weights: await widen(bits) });
  compare(`${bits} against the same weights widened`, quantized, same);
  compare(`${bits} against float32`, quantized, whole);
}
await runtime.dispose();
