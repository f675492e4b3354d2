import { expect, test } from 'vitest';
import { openSafetensors } from '../../safetensors/open-safetensors.js';
import { readTensor } from '../../tensors/read-tensor.js';
import { openGguf } from '../open-gguf.js';
import { readGgufTensor } from '../read-gguf-tensor.js';
import { quantizations } from './quantizations.js';

// Written and dequantized by gguf-py 0.19; see ../../golden/make_gguf.py.
const golden = (name: string) => new URL(`../../golden/${name}`, import.meta.url).pathname;

test.each([...quantizations.keys()])('%s is dequantized to the bits that gguf-py gives', async type => {
  const stored = (await openGguf(golden('quantized.gguf'))).tensors.get(type)!;
  const expected = (await openSafetensors(golden('quantized.safetensors'))).tensors.get(type)!;
  expect(stored).toMatchObject({ type, shape: [3, 512] });
  const values = await readGgufTensor(stored);
  const python = await readTensor(expected);
  // Blocks of -1, 0 and 1, or with powers of two as factors, have few values.
  expect(new Set(python).size).toBeGreaterThan(/^(TQ|MX)/.test(type) ? 10 : 100);
  expect(Buffer.from(values.buffer).equals(Buffer.from(python.buffer))).toBe(true);
});
