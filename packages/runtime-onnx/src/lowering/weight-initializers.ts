import {
  elementCount,
  type FrozenWeight,
  type QuantizedMatrix,
  type StoredBytes,
  type StoredTensor,
  type Value,
} from '@charter/tensor';
import { OnnxError } from '../onnx-error.js';
import { dequantizedWeight } from './dequantized-weight.js';
import type { OnnxBuilder } from './onnx-builder.js';
import { type QuantizedParts, widenQuantized } from './quantized-lowering.js';

type Bytes = {
  readonly dtype: StoredTensor['dtype'] | 'uint4' | 'uint8';
  readonly shape: readonly number[];
} & StoredBytes;

/** Path of a weight file: the root of its file system, and the path from there. */
export interface FileLocation {
  readonly root: string;
  readonly location: string;
}

export type LocateFile = (file: string) => FileLocation;

/** Bytes of weights in memory, by the location that the model names for them. */
export interface BytesInMemory {
  readonly path: string;
  readonly data: Uint8Array;
}

/**
 * Initializers of the weights that a program reads. Weights in files become ONNX external data, which ONNX Runtime maps
 * into memory: nothing is converted or copied. ONNX Runtime accepts no absolute paths, and no links that lead out of the
 * model's folder, but a model in memory may name a folder to start from; that folder is the root of the file system.
 */
export class WeightInitializers {
  readonly inMemory: BytesInMemory[] = [];
  // ONNX Runtime looks for every location in memory as soon as one location is there. So beside weights in files,
  // weights in memory (an adapter on a model) become part of the model itself.
  readonly #someInFiles: boolean;
  #root: string | undefined;
  #bytes = 0;
  #widened = false;

  constructor(
    private readonly weights: ReadonlyMap<string, FrozenWeight>,
    private readonly locate: LocateFile | undefined,
  ) {
    this.#someInFiles = [...weights.values()].some(
      stored => 'file' in ('block' in stored ? stored.values : stored),
    );
  }

  /** Name and matrix of a value of the graph, if it is a quantized weight. */
  quantized(value: Value): { name: string; matrix: QuantizedMatrix } | undefined {
    if (value.kind !== 'weight') return undefined;
    const matrix = this.weights.get(value.name);
    return matrix && 'block' in matrix ? { name: value.name, matrix } : undefined;
  }

  /** Folder from which file locations start; undefined when no weight is in a file. */
  get folder(): string | undefined {
    return this.#root;
  }

  /** True when a weight is not stored as float32 and is widened when the session is created. */
  get widened(): boolean {
    return this.#widened;
  }

  /** Bytes of the weights in their form in memory: float32 or quantized. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Quantized weight as float32, dequantized at each run: once for each `use`, because the forward pass's copy would
   * otherwise be kept until the backward pass. Undefined where ONNX Runtime has no operator; then `lower` widens it.
   */
  dequantize(onnx: OnnxBuilder, name: string, use: string): string | undefined {
    const stored = this.weights.get(name)!;
    if (!('block' in stored)) return undefined;
    return (
      onnx.once(
        `${name} for ${use}`,
        () =>
          dequantizedWeight(onnx, stored, this.parts(onnx, name, stored).scales, (part, bytes) =>
            // Equal operators on equal constants would be made one by ONNX Runtime.
            this.#add(onnx, bytes, `${name}:${part} ${use}`),
          ) ?? '',
      ) || undefined
    );
  }

  /** Adds a weight as float32 and returns its name in the model. */
  lower(onnx: OnnxBuilder, name: string): string {
    const stored = this.weights.get(name)!;
    if ('block' in stored) {
      this.#widened = true;
      return widenQuantized(onnx, stored, this.parts(onnx, name, stored));
    }
    this.#bytes += 4 * elementCount(stored.shape);
    // Not every build of ONNX Runtime knows bfloat16: that for browsers does not.
    if (stored.dtype === 'bfloat16' && 'data' in stored) return this.#add(onnx, widenBfloat16(stored), name);
    const initializer = this.#add(onnx, stored, name);
    if (stored.dtype === 'float32') return initializer;
    this.#widened = true;
    return onnx.cast(initializer, 'float32');
  }

  /** Adds the parts of a quantized weight in the layout of `MatMulNBits`. */
  parts(onnx: OnnxBuilder, name: string, weight: QuantizedMatrix): QuantizedParts {
    return {
      values: onnx.once(`values of ${name}`, () => {
        const { shape, dtype, block, values } = weight;
        const [out, in_] = shape;
        const bytesPerBlock = dtype === 'uint4' ? block / 2 : block;
        this.#bytes += out * (in_ / block) * (bytesPerBlock + 4);
        return this.#add(
          onnx,
          { dtype: 'uint8', shape: [out, in_ / block, bytesPerBlock], ...values },
          `${name}:values`,
        );
      }),
      scales: onnx.once(`scales of ${name}`, () =>
        this.#add(
          onnx,
          { dtype: 'float32', shape: [weight.shape[0], weight.shape[1] / weight.block], ...weight.scales },
          `${name}:scales`,
        ),
      ),
      zeroPoints:
        weight.zeroPoints &&
        onnx.once(`zero points of ${name}`, () => {
          const blocks = weight.shape[1] / weight.block;
          const bytes = weight.dtype === 'uint4' ? Math.ceil(blocks / 2) : blocks;
          const stored = { dtype: 'uint8', shape: [weight.shape[0], bytes], ...weight.zeroPoints! } as const;
          return this.#add(onnx, stored, `${name}:zeroPoints`);
        }),
    };
  }

  #add(onnx: OnnxBuilder, stored: Bytes, name: string): string {
    return 'data' in stored && this.#someInFiles
      ? onnx.embedded(stored)
      : onnx.external(stored, name, this.#locate(stored, name));
  }

  #locate(stored: StoredBytes, name: string): { location: string; offset: number; length: number } {
    if ('data' in stored) {
      const location = `memory/${this.inMemory.length}`;
      this.inMemory.push({ path: location, data: stored.data });
      return { location, offset: 0, length: stored.data.byteLength };
    }
    if (!this.locate) {
      throw new OnnxError(
        `Weight "${name}" is in the file ${stored.file}, which this engine cannot read. Give its bytes instead.`,
      );
    }
    const { root, location } = this.locate(stored.file);
    this.#root ??= root;
    if (root !== this.#root) {
      throw new OnnxError(
        `Weight "${name}" is in ${stored.file} on ${root}, but others are on ${this.#root}. Put all weights on one drive.`,
      );
    }
    return { location, offset: stored.offset, length: stored.length };
  }
}

/** bfloat16 is the upper half of a float32. */
const widenBfloat16 = ({ shape, data }: { shape: readonly number[]; data: Uint8Array }): Bytes => {
  const words = new Uint16Array(data.slice().buffer);
  const bits = Uint32Array.from(words, word => word << 16);
  return { dtype: 'float32', shape, data: new Uint8Array(bits.buffer) };
};
