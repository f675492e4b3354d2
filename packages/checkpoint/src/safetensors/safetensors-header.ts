import { elementCount, type StorageDType } from '@charter/tensor';
import { z } from 'zod';
import { CheckpointError } from '../checkpoint-error.js';
import { bytesPerElement } from '../tensors/bytes-per-element.js';

/** Header of a safetensors file. */
export interface SafetensorsHeader {
  /** Tensors whose elements are floats that Charter reads; `begin` and `end` count bytes from behind the header. */
  readonly floats: readonly {
    readonly name: string;
    readonly dtype: StorageDType;
    readonly shape: readonly number[];
    readonly begin: number;
    readonly end: number;
  }[];
  /** The others (counters, masks, 8-bit weights), by the format's name of their type. */
  readonly otherTypes: ReadonlyMap<string, string>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Bytes before the header: its length. */
export const PREFIX_BYTES = 8;

/** The format's limit, against a length that is garbage. A model of 60,000 tensors has a header of about 8 MB. */
const largestHeader = 100_000_000;

const floatTypes = new Map<string, StorageDType>([
  ['F32', 'float32'],
  ['F16', 'float16'],
  ['BF16', 'bfloat16'],
]);

/** Bits of one element of the format's other types. */
const otherTypeBits = new Map([
  ['F64', 64],
  ['I64', 64],
  ['U64', 64],
  ['C64', 64],
  ['I32', 32],
  ['U32', 32],
  ['I16', 16],
  ['U16', 16],
  ['I8', 8],
  ['U8', 8],
  ['BOOL', 8],
  ['F8_E4M3', 8],
  ['F8_E5M2', 8],
  ['F8_E8M0', 8],
  ['F6_E2M3', 6],
  ['F6_E3M2', 6],
  ['F4', 4],
]);

const size = z.number().int().nonnegative();
const entrySchema = z.object({
  dtype: z.string(),
  shape: z.array(size),
  data_offsets: z.tuple([size, size]),
});
const metadataSchema = z.record(z.string(), z.string());

/**
 * Length of the header, in bytes.
 *
 * @param prefix the first 8 bytes of the file, or fewer where it has no more
 * @throws {CheckpointError} when they are no such length
 */
export const headerLength = (file: string, prefix: Uint8Array, fileSize: number): number => {
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.byteLength);
  const length = prefix.length < PREFIX_BYTES ? Number.NaN : Number(view.getBigUint64(0, true));
  if (length <= Math.min(largestHeader, fileSize - PREFIX_BYTES)) return length;
  throw new CheckpointError(
    file,
    `is not a safetensors file: its first 8 bytes give no length of a header (the file has ${fileSize} bytes). ` +
      'A file that was cut off, or a Git LFS pointer, looks like this: fetch it again.',
  );
};

/**
 * Reads and checks a header.
 *
 * @param file what errors call the file
 * @param dataLength bytes behind the header
 * @throws {CheckpointError} when it does not describe the file byte for byte
 * @see https://github.com/huggingface/safetensors#format
 */
export const readHeader = (file: string, bytes: Uint8Array, dataLength: number): SafetensorsHeader => {
  const floats: SafetensorsHeader['floats'][number][] = [];
  const otherTypes = new Map<string, string>();
  const ranges: { name: string; begin: number; end: number }[] = [];
  let metadata: Record<string, string> = {};

  for (const [name, value] of Object.entries(parseHeader(file, bytes))) {
    if (name === '__metadata__') {
      const parsed = metadataSchema.safeParse(value);
      if (!parsed.success) throw new CheckpointError(file, '__metadata__ is not a table of strings.');
      metadata = parsed.data;
      continue;
    }
    const fail = (problem: string) => new CheckpointError(file, problem, { tensor: name });
    const parsed = entrySchema.safeParse(value);
    if (!parsed.success) {
      const { path, message } = parsed.error.issues[0]!;
      throw fail(`${path.join('.') || 'its entry'}: ${message}. The header is damaged.`);
    }
    const { dtype, shape } = parsed.data;
    const [begin, end] = parsed.data.data_offsets;
    const float = floatTypes.get(dtype);
    const bits = float ? bytesPerElement[float] * 8 : otherTypeBits.get(dtype);
    if (bits === undefined) throw fail(`its dtype "${dtype}" is not one that the format knows.`);
    const length = (elementCount(shape) * bits) / 8;
    if (end > dataLength || begin > end) {
      throw fail(
        `its bytes ${begin} to ${end} are not in the file, which has ${dataLength} bytes of data. ` +
          'The file was cut off or damaged: fetch it again.',
      );
    }
    if (end - begin !== length) {
      throw fail(`shape [${shape}] of ${dtype} needs ${length} bytes, but it has ${end - begin}.`);
    }
    ranges.push({ name, begin, end });
    if (float) floats.push({ name, dtype: float, shape, begin, end });
    else otherTypes.set(name, dtype);
  }
  checkThatTheyTile(file, ranges, dataLength);
  return { floats, otherTypes, metadata };
};

const parseHeader = (file: string, bytes: Uint8Array): Record<string, unknown> => {
  try {
    const header: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof header === 'object' && header !== null && !Array.isArray(header)) {
      return header as Record<string, unknown>;
    }
  } catch (cause) {
    throw new CheckpointError(
      file,
      `is not a safetensors file: its header is no JSON (${(cause as Error).message}).`,
      {
        cause,
      },
    );
  }
  throw new CheckpointError(file, 'is not a safetensors file: its header is no JSON object.');
};

/** Like the format's own reader: every byte belongs to exactly one tensor, so nothing hides in a file or is read twice. */
const checkThatTheyTile = (
  file: string,
  ranges: { name: string; begin: number; end: number }[],
  dataLength: number,
) => {
  let at = 0;
  for (const { name, begin, end } of ranges.sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin < at) throw new CheckpointError(file, 'its bytes overlap with another’s.', { tensor: name });
    if (begin > at) {
      throw new CheckpointError(file, `the ${begin - at} bytes before it belong to no tensor.`, {
        tensor: name,
      });
    }
    at = end;
  }
  if (at !== dataLength) {
    throw new CheckpointError(file, `its last ${dataLength - at} bytes belong to no tensor.`);
  }
};
