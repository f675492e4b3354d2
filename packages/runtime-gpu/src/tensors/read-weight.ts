import { elementCount, type FrozenWeight, type QuantizedMatrix, type StoredBytes } from '@charter/tensor';

/** Reads a weight from its file or from memory, widened to float32. Numbers in memory may be shared, not copied. */
export const readWeight = async (stored: FrozenWeight): Promise<Float32Array> => {
  if ('scales' in stored) return widenQuantized(stored);
  const bytes = await bytesOf(stored);
  const count = elementCount(stored.shape);
  if (stored.dtype === 'float32') return asFloats(bytes, count);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const widen = stored.dtype === 'float16' ? halfToFloat : bfloatToFloat;
  return Float32Array.from({ length: count }, (_, i) => widen(view.getUint16(2 * i, true)));
};

const asFloats = (bytes: Uint8Array, count: number): Float32Array =>
  bytes.byteOffset % 4 === 0
    ? new Float32Array(bytes.buffer, bytes.byteOffset, count)
    : new Float32Array(bytes.slice().buffer, 0, count);

/** `scale · (q − zero)`, block by block; of two 4-bit numbers in a byte the first is the low half. */
const widenQuantized = async (matrix: QuantizedMatrix): Promise<Float32Array> => {
  const [out, width] = matrix.shape;
  const bits = matrix.dtype === 'uint4' ? 4 : 8;
  const blocks = width / matrix.block;
  const at = (bytes: Uint8Array, row: number, perRow: number, i: number): number => {
    if (bits === 8) return bytes[row * perRow + i]!;
    const byte = bytes[row * Math.ceil(perRow / 2) + (i >> 1)]!;
    return i & 1 ? byte >> 4 : byte & 15;
  };
  const values = await bytesOf(matrix.values);
  const scales = asFloats(await bytesOf(matrix.scales), out * blocks);
  const zeros = matrix.zeroPoints && (await bytesOf(matrix.zeroPoints));
  const result = new Float32Array(out * width);
  for (let row = 0; row < out; row++) {
    for (let i = 0; i < width; i++) {
      const block = Math.floor(i / matrix.block);
      const zero = zeros ? at(zeros, row, blocks, block) : 2 ** (bits - 1);
      result[row * width + i] = scales[row * blocks + block]! * (at(values, row, width, i) - zero);
    }
  }
  return result;
};

const bytesOf = async (stored: StoredBytes): Promise<Uint8Array> => {
  if ('data' in stored) return stored.data;
  // Only here, so that a browser, where weights come as bytes, needs no file system.
  const { open } = await import('node:fs/promises');
  const file = await open(stored.file);
  try {
    const bytes = new Uint8Array(stored.length);
    let done = 0;
    while (done < stored.length) {
      // One read returns at most 2 GB.
      const { bytesRead } = await file.read(
        bytes,
        done,
        Math.min(stored.length - done, 2 ** 30),
        stored.offset + done,
      );
      if (bytesRead === 0)
        throw new Error(`${stored.file} ends before byte ${stored.offset + stored.length}.`);
      done += bytesRead;
    }
    return bytes;
  } finally {
    await file.close();
  }
};

const bits = new Uint32Array(1);
const asFloat = new Float32Array(bits.buffer);

const bfloatToFloat = (half: number): number => {
  bits[0] = half << 16;
  return asFloat[0]!;
};

/** IEEE 754 binary16: one sign bit, five of exponent, ten of fraction. */
const halfToFloat = (half: number): number => {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
};
