import { CheckpointError } from './checkpoint-error.js';
import { narrowToBfloat16, narrowToFloat16 } from './half-floats.js';
import { bytesPerElement, elementCount, type StorageDType } from './stored-tensor.js';
import { writeAtomically } from './write-atomically.js';

/** A tensor to be written. */
export interface TensorToWrite {
  readonly shape: readonly number[];
  /** Row-major; or a function that gives it when its turn comes, so that a large model is never held whole. */
  readonly data: Float32Array | (() => Float32Array | Promise<Float32Array>);
  /** Default float32. Others are rounded to nearest, ties to even. */
  readonly dtype?: StorageDType | undefined;
}

const formatNames: Readonly<Record<StorageDType, string>> = {
  float32: 'F32',
  float16: 'F16',
  bfloat16: 'BF16',
};

/**
 * Writes a safetensors file, under a temporary name until it is complete. The same tensors give the same bytes
 * whatever their order, and those that Python's library writes: wide elements first, then by name.
 *
 * @param metadata default `{ format: 'pt' }`, without which transformers and PEFT refuse a file
 * @throws {CheckpointError} when a name comes twice, data does not fit its shape, or a finite value does not fit float16
 */
export const writeSafetensors = async (
  file: string,
  tensors: Iterable<readonly [name: string, tensor: TensorToWrite]>,
  metadata: Readonly<Record<string, string>> = { format: 'pt' },
): Promise<void> => {
  const entries = [...tensors].map(([name, { dtype = 'float32', ...tensor }]) => ({
    name,
    dtype,
    ...tensor,
  }));
  entries.sort((a, b) => bytesPerElement[b.dtype] - bytesPerElement[a.dtype] || compareUtf8(a.name, b.name));

  const header = new Map<string, unknown>([['__metadata__', metadata]]);
  let offset = 0;
  for (const { name, dtype, shape } of entries) {
    if (header.has(name)) {
      throw new CheckpointError(file, 'this name cannot be written, or comes twice.', { tensor: name });
    }
    const end = offset + elementCount(shape) * bytesPerElement[dtype];
    header.set(name, { dtype: formatNames[dtype], shape, data_offsets: [offset, end] });
    offset = end;
  }
  // fromEntries defines properties, so a tensor named __proto__ is a tensor like any other.
  const json = Buffer.from(JSON.stringify(Object.fromEntries(header)));
  const padding = -json.length & 7;

  await writeAtomically(file, async handle => {
    const prefix = Buffer.alloc(8);
    prefix.writeBigUInt64LE(BigInt(json.length + padding));
    await handle.writeFile(Buffer.concat([prefix, json, Buffer.alloc(padding, ' ')]));
    for (const { name, dtype, shape, data } of entries) {
      const values = typeof data === 'function' ? await data() : data;
      if (values.length !== elementCount(shape)) {
        throw new CheckpointError(
          file,
          `shape [${shape}] holds ${elementCount(shape)} elements, but ${values.length} were given.`,
          { tensor: name },
        );
      }
      await handle.writeFile(encode(file, name, dtype, values));
    }
  });
};

const encode = (file: string, name: string, dtype: StorageDType, values: Float32Array): Uint8Array => {
  const narrowed =
    dtype === 'float32' ? values : dtype === 'float16' ? narrowToFloat16(values) : narrowToBfloat16(values);
  if (dtype === 'float16') {
    const at = values.findIndex((value, i) => Number.isFinite(value) && (narrowed[i]! & 0x7fff) === 0x7c00);
    if (at >= 0) {
      throw new CheckpointError(
        file,
        `element ${at} is ${values[at]}, more than float16 holds. Write it as bfloat16 or float32.`,
        { tensor: name },
      );
    }
  }
  return new Uint8Array(narrowed.buffer, narrowed.byteOffset, narrowed.byteLength);
};

/** Python and Rust order names by their UTF-8 bytes. */
const compareUtf8 = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
