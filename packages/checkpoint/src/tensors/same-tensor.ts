import type { StoredTensor } from '@charter/tensor';
import { readTensor } from './read-tensor.js';

/** True when two stored tensors have the same type, shape and values. */
export const sameTensor = async (a: StoredTensor, b: StoredTensor): Promise<boolean> => {
  if (a.dtype !== b.dtype || `${a.shape}` !== `${b.shape}`) return false;
  if ('file' in a && 'file' in b && a.file === b.file && a.offset === b.offset) return true;
  const [left, right] = [await readTensor(a), await readTensor(b)];
  return left.every((value, i) => value === right[i]);
};
