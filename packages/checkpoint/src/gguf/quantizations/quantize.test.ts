import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { quantize, type WritableType } from './quantize.js';

const golden = JSON.parse(
  readFileSync(new URL('../../golden/ggml-quantized.json', import.meta.url), 'utf8'),
) as Record<string, string>;
const values = new Float32Array(Uint8Array.from(Buffer.from(golden.values!, 'base64')).buffer);

test.each(['Q4_0', 'Q5_0', 'Q8_0', 'Q4_K', 'Q6_K'] satisfies WritableType[])(
  '%s has the bytes that ggml writes',
  type => {
    expect(Buffer.from(quantize(values, type)).equals(Buffer.from(golden[type]!, 'base64'))).toBe(true);
  },
);
