import { elementCount, type StoredTensor } from '@charter/tensor';

/** Reads a weight from its file or from memory, widened to float32. Numbers in memory may be shared, not copied. */
export const readWeight = async (stored: StoredTensor): Promise<Float32Array> => {
  const bytes = await bytesOf(stored);
  const count = elementCount(stored.shape);
  if (stored.dtype === 'float32') {
    if (bytes.byteOffset % 4 === 0) return new Float32Array(bytes.buffer, bytes.byteOffset, count);
    return new Float32Array(bytes.slice().buffer);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const widen = stored.dtype === 'float16' ? halfToFloat : bfloatToFloat;
  return Float32Array.from({ length: count }, (_, i) => widen(view.getUint16(2 * i, true)));
};

const bytesOf = async (stored: StoredTensor): Promise<Uint8Array> => {
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
