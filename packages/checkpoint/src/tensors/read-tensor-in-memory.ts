import type { StoredTensor } from '@charter/tensor';
import { CheckpointError } from '../checkpoint-error.js';
import { tensorValues } from './tensor-values.js';

/**
 * A tensor's elements, row-major, widened to float32: `readTensor` where there are no files to read from.
 *
 * @throws {CheckpointError} when the tensor lies in a file
 */
export const readTensor = (stored: StoredTensor): Promise<Float32Array> =>
  tensorValues(stored, into => {
    if ('data' in stored) return into.set(stored.data);
    throw new CheckpointError(
      stored.file,
      'a browser cannot read it: fetch its bytes and give them to parseSafetensors.',
    );
  });
