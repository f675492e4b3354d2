import { elementCount, type Tensor } from '@charter/tensor';

/**
 * Copies the first `count[row]` entries along `axis` of each row of `source` to `target`, from `start[row]` on.
 *
 * @param target `[rows, …, capacity, …]` with the capacity at `axis`
 * @param source the same shape, but for its size at `axis`
 */
export const writeSlice = (
  target: Tensor,
  source: Tensor,
  { axis, start, count }: { readonly axis: number; readonly start: Int32Array; readonly count: Int32Array },
): void => {
  const rows = source.shape[0]!;
  const between = elementCount(source.shape.slice(1, axis));
  const entry = elementCount(source.shape.slice(axis + 1));
  const [from, to] = [source.shape[axis]! * entry, target.shape[axis]! * entry];
  for (let row = 0; row < rows; row++) {
    const length = count[row]! * entry;
    const offset = start[row]! * entry;
    for (let i = row * between; i < (row + 1) * between; i++) {
      target.data.set(source.data.subarray(i * from, i * from + length), i * to + offset);
    }
  }
};
