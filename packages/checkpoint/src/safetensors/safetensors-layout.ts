import { elementCount, type StorageDType } from '@charter/tensor';
import { CheckpointError } from '../checkpoint-error.js';
import { bytesPerElement } from '../tensors/bytes-per-element.js';
import { narrowToBfloat16, narrowToFloat16 } from '../tensors/half-floats.js';
import { PREFIX_BYTES } from './safetensors-header.js';

interface TensorInLayout {
  readonly shape: readonly number[];
  readonly dtype?: StorageDType | undefined;
}

/** Without it transformers and PEFT refuse a file. */
export const metadataOfPyTorch: Readonly<Record<string, string>> = { format: 'pt' };

const formatNames: Readonly<Record<StorageDType, string>> = {
  float32: 'F32',
  float16: 'F16',
  bfloat16: 'BF16',
};

/**
 * The beginning of a safetensors file, up to its data, and the order in which tensors follow: wide elements first, then
 * by name, as Python's library writes them. The same tensors give the same bytes whatever their order.
 *
 * @param file what errors call the file
 * @throws {CheckpointError} when a name comes twice
 */
export const layOutSafetensors = <T extends TensorInLayout>(
  file: string,
  tensors: Iterable<readonly [name: string, tensor: T]>,
  metadata: Readonly<Record<string, string>>,
) => {
  const entries = [...tensors].map(([name, tensor]) => ({
    ...tensor,
    name,
    dtype: tensor.dtype ?? 'float32',
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
  const json = utf8.encode(JSON.stringify(Object.fromEntries(header)));
  const length = json.length + (-json.length & 7);
  const beginning = new Uint8Array(PREFIX_BYTES + length).fill(' '.charCodeAt(0));
  new DataView(beginning.buffer).setBigUint64(0, BigInt(length), true);
  beginning.set(json, PREFIX_BYTES);
  return { beginning, entries, dataLength: offset };
};

/**
 * A tensor's bytes in its type, rounded to nearest, ties to even.
 *
 * @throws {CheckpointError} when data does not fit its shape, or a finite value does not fit float16
 */
export const encodeTensor = (
  file: string,
  { name, dtype, shape }: { name: string; dtype: StorageDType; shape: readonly number[] },
  values: Float32Array,
): Uint8Array => {
  if (values.length !== elementCount(shape)) {
    throw new CheckpointError(
      file,
      `shape [${shape}] holds ${elementCount(shape)} elements, but ${values.length} were given.`,
      { tensor: name },
    );
  }
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

const utf8 = new TextEncoder();

/** Python and Rust order names by their UTF-8 bytes. */
const compareUtf8 = (a: string, b: string): number => {
  const [ours, theirs] = [utf8.encode(a), utf8.encode(b)];
  const at = ours.findIndex((byte, i) => byte !== theirs[i]);
  return at < 0 ? ours.length - theirs.length : ours[at]! - (theirs[at] ?? -1);
};
