/**
 * Puts the rows of a q or k projection back into Hugging Face's order. Llama files in GGUF hold the two halves of each
 * head's rotation interleaved (row 2i of a head rotates with row 2i + 1); Hugging Face rotates row i with row
 * i + headDim / 2.
 *
 * @param values `[heads · headDim, columns]`, or a bias `[heads · headDim]` with one column
 * @param heads number of heads in these rows
 */
export const restoreRotaryRows = (values: Float32Array, heads: number, columns: number): Float32Array =>
  moveRows(values, heads, columns, (row, half) => (row >> 1) + (row & 1) * half);

/** The way back: rows in Hugging Face's order become those of Llama's GGUF files. */
export const interleaveRotaryRows = (values: Float32Array, heads: number, columns: number): Float32Array =>
  moveRows(values, heads, columns, (row, half) => (row < half ? 2 * row : 2 * (row - half) + 1));

const moveRows = (
  values: Float32Array,
  heads: number,
  columns: number,
  target: (row: number, half: number) => number,
): Float32Array => {
  const headDim = values.length / columns / heads;
  const out = new Float32Array(values.length);
  for (let head = 0; head < heads; head++) {
    for (let row = 0; row < headDim; row++) {
      const from = (head * headDim + row) * columns;
      out.set(values.subarray(from, from + columns), (head * headDim + target(row, headDim / 2)) * columns);
    }
  }
  return out;
};
