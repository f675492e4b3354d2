import { totalmem } from 'node:os';
import { OnnxError } from '../onnx-error.js';

/** Memory in bytes that this process may use: the machine's, or less where a container has a limit. */
export const processMemory = (): number => {
  const named = Number(process.env.CHARTER_MEMORY);
  if (named > 0) return named * 1e9;
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
};

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toPrecision(3)} GB`;

/**
 * Refuses a program whose weights alone do not fit: the system would end the process without a word.
 *
 * @param weightBytes bytes of its weights as they are held, in float32 or quantized
 * @throws {OnnxError} with the options that need less
 */
export const checkMemory = (weightBytes: number, memory: number): void => {
  if (weightBytes <= memory) return;
  throw new OnnxError(
    `The weights take ${gigabytes(weightBytes)} of memory, and this process may use ${gigabytes(memory)}. Hold them ` +
      'in 4 or 8 bits (--quantize 4bit), train layer by layer (--gradient-checkpointing), or take a smaller model. ' +
      'CHARTER_MEMORY=64 in the environment says that there are 64 GB.',
  );
};
