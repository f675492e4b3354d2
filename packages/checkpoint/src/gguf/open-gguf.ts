import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { elementCount } from '@charter/tensor';
import { GGMLQuantizationType, gguf, RE_GGUF_SHARD_FILE } from '@huggingface/gguf';
import { CheckpointError } from '../checkpoint-error.js';
import { GgufMetadata } from './gguf-metadata.js';
import { quantizations } from './quantizations/quantizations.js';

/** A tensor of a GGUF file where it lies. */
export interface GgufTensor {
  readonly name: string;
  /** Such as `Q4_1`. */
  readonly type: string;
  /** Row-major, as in Hugging Face's files: the format itself lists the dimensions from the innermost on. */
  readonly shape: readonly number[];
  readonly file: string;
  /** In bytes, as is `length`. */
  readonly offset: number;
  readonly length: number;
}

/** Metadata and tensors of a GGUF file; a tensor is read when it is asked for. */
export interface GgufFile {
  readonly file: string;
  readonly metadata: GgufMetadata;
  readonly tensors: ReadonlyMap<string, GgufTensor>;
}

/**
 * Opens a GGUF file: reads its metadata and checks that its tensors lie in it.
 *
 * @throws {CheckpointError} when it is no GGUF file, was cut off, or a tensor is of a type that cannot be read
 * @see https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
export const openGguf = async (file: string): Promise<GgufFile> => {
  const { size } = await stat(file).catch((cause: NodeJS.ErrnoException) => {
    const problem = cause.code === 'ENOENT' ? 'there is no such file.' : `cannot be opened: ${cause.message}`;
    throw new CheckpointError(file, problem, { cause });
  });
  if (RE_GGUF_SHARD_FILE.test(basename(file))) {
    throw new CheckpointError(
      file,
      'is one part of a GGUF file that was split. Join the parts with `llama-gguf-split --merge` first.',
    );
  }
  const parsed = await gguf(file, { allowLocalFile: true }).catch((cause: Error) => {
    throw new CheckpointError(file, `cannot be read as GGUF: ${cause.message}. Fetch the file again.`, {
      cause,
    });
  });
  if (!parsed.littleEndian)
    throw new CheckpointError(file, 'is big-endian; only little-endian files are read.');

  const tensors = new Map<string, GgufTensor>();
  for (const info of parsed.tensorInfos) {
    const fail = (problem: string) => new CheckpointError(file, problem, { tensor: info.name });
    const type = GGMLQuantizationType[info.dtype] ?? `type ${info.dtype}`;
    const quantization = quantizations.get(type);
    if (!quantization) {
      throw fail(
        `is stored as ${type}; ${[...quantizations.keys()].join(', ')} can be read. Use another version of the model.`,
      );
    }
    const shape = info.shape.map(Number).reverse();
    const blocks = elementCount(shape) / quantization.blockElements;
    if ((shape.at(-1) ?? 1) % quantization.blockElements) {
      throw fail(
        `rows of ${shape.at(-1)} are no multiple of blocks of ${quantization.blockElements} (${type}).`,
      );
    }
    const length = blocks * quantization.blockBytes;
    const offset = Number(parsed.tensorDataOffset + info.offset);
    if (!(offset + length <= size)) {
      throw fail(
        `its bytes ${offset} to ${offset + length} are not in the file, which has ${size} bytes. ` +
          'The file was cut off or damaged: fetch it again.',
      );
    }
    if (tensors.has(info.name)) throw fail('comes twice.');
    tensors.set(info.name, { name: info.name, type, shape, file, offset, length });
  }
  return { file, metadata: new GgufMetadata(file, Object.entries(parsed.metadata)), tensors };
};
