import { writeAtomically } from '@charter/core/node';
import { GGMLQuantizationType } from '@huggingface/gguf';
import { CheckpointError } from '../../checkpoint-error.js';
import { quantizations } from '../quantizations/quantizations.js';
import { quantize, type WritableType } from '../quantizations/quantize.js';

/** A value of GGUF's metadata with its type: numbers say theirs. */
export type GgufValue =
  | string
  | boolean
  | readonly string[]
  | Int32Array
  | Float32Array
  | { readonly uint32: number }
  | { readonly float32: number };

/** A tensor to be written. */
export interface GgufTensorToWrite {
  /** Row-major. */
  readonly shape: readonly number[];
  readonly type: WritableType;
  /** Gives the values when their turn comes, so that a large model is never held whole. */
  readonly data: () => Float32Array | Promise<Float32Array>;
}

const alignment = 32;
const padded = (size: number): number => Math.ceil(size / alignment) * alignment;

/**
 * Writes a GGUF file (version 3), under a temporary name until it is complete.
 *
 * @throws {CheckpointError} when a row is no multiple of its type's blocks, or data does not fit its shape
 * @see https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
export const writeGguf = async (
  file: string,
  metadata: ReadonlyMap<string, GgufValue>,
  tensors: ReadonlyMap<string, GgufTensorToWrite>,
): Promise<void> => {
  const infos: Buffer[] = [];
  let offset = 0;
  for (const [name, { shape, type }] of tensors) {
    const { blockElements } = quantizations.get(type)!;
    if ((shape.at(-1) ?? 1) % blockElements) {
      throw new CheckpointError(
        file,
        `rows of ${shape.at(-1)} are no multiple of ${blockElements} (${type}).`,
        {
          tensor: name,
        },
      );
    }
    infos.push(
      text(name),
      uint32(shape.length),
      ...shape.toReversed().map(uint64),
      uint32(GGMLQuantizationType[type]),
      uint64(offset),
    );
    offset += padded(byteLength(shape, type));
  }
  const head = Buffer.concat([
    Buffer.from('GGUF'),
    uint32(3),
    uint64(tensors.size),
    uint64(metadata.size),
    ...[...metadata].flatMap(([key, value]) => [text(key), ...typed(value)]),
    ...infos,
  ]);
  await writeAtomically(file, async handle => {
    await handle.writeFile(head);
    await handle.writeFile(Buffer.alloc(padded(head.length) - head.length));
    for (const [name, { shape, type, data }] of tensors) {
      const bytes = quantize(await data(), type);
      if (bytes.length !== byteLength(shape, type)) {
        throw new CheckpointError(file, `its data does not fit the shape [${shape.join(', ')}].`, {
          tensor: name,
        });
      }
      await handle.writeFile(bytes);
      await handle.writeFile(Buffer.alloc(padded(bytes.length) - bytes.length));
    }
  });
};

const byteLength = (shape: readonly number[], type: WritableType): number => {
  const { blockBytes, blockElements } = quantizations.get(type)!;
  return (shape.reduce((n, d) => n * d, 1) / blockElements) * blockBytes;
};

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const uint64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};
const text = (value: string): Buffer => {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint64(bytes.length), bytes]);
};

/** Numbers of the kinds of values. */
const kind = { uint32: 4, int32: 5, float32: 6, boolean: 7, string: 8, array: 9 } as const;

const typed = (value: GgufValue): Buffer[] => {
  if (typeof value === 'string') return [uint32(kind.string), text(value)];
  if (typeof value === 'boolean') return [uint32(kind.boolean), Buffer.from([Number(value)])];
  if (value instanceof Int32Array) return array(kind.int32, value.length, [raw(value)]);
  if (value instanceof Float32Array) return array(kind.float32, value.length, [raw(value)]);
  if ('uint32' in value) return [uint32(kind.uint32), uint32(value.uint32)];
  if ('float32' in value) return [uint32(kind.float32), raw(Float32Array.of(value.float32))];
  return array(kind.string, value.length, value.map(text));
};

const array = (of: number, length: number, values: readonly Buffer[]): Buffer[] => [
  uint32(kind.array),
  uint32(of),
  uint64(length),
  ...values,
];

const raw = ({ buffer, byteOffset, byteLength: length }: Int32Array | Float32Array): Buffer =>
  Buffer.from(buffer, byteOffset, length);
