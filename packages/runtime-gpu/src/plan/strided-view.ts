/** Layout of a value's elements in a flat buffer: element `[i, j, …]` at `offset + i·strides[0] + j·strides[1] + …`. */
export interface Strided {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
}

/** The strides of a row-major array without gaps. */
export const denseStrides = (shape: readonly number[]): number[] => {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= shape[axis]!;
  }
  return strides;
};

export const dense = (shape: readonly number[]): Strided => ({
  shape,
  strides: denseStrides(shape),
  offset: 0,
});

/** True when the elements lie in row-major order without gaps from the buffer's start on. */
export const isDense = ({ shape, strides, offset }: Strided): boolean => {
  const expected = denseStrides(shape);
  return offset === 0 && shape.every((size, axis) => size === 1 || strides[axis] === expected[axis]);
};

/** The strides under which a value is read as if it had been repeated up to `shape`. */
export const broadcastStrides = (view: Strided, shape: readonly number[]): number[] =>
  shape.map((_, axis) => {
    const own = axis - shape.length + view.shape.length;
    return own < 0 || view.shape[own] === 1 ? 0 : view.strides[own]!;
  });

/** A shape and, for several values of it, their strides. */
export interface Collapsed {
  readonly shape: number[];
  readonly strides: number[][];
}

/**
 * Joins neighbouring dimensions over which every value can be walked in one stride, and drops those of size 1: a
 * kernel over fewer dimensions divides less.
 */
export const collapse = (shape: readonly number[], strides: readonly (readonly number[])[]): Collapsed => {
  const result: Collapsed = { shape: [], strides: strides.map(() => []) };
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis]!;
    if (size === 1) continue;
    const inner = result.shape[0];
    if (inner !== undefined && strides.every((s, i) => s[axis] === result.strides[i]![0]! * inner)) {
      result.shape[0] = inner * size;
      continue;
    }
    result.shape.unshift(size);
    for (const [i, s] of strides.entries()) result.strides[i]!.unshift(s[axis]!);
  }
  return result;
};

/** Calls back with each element's position in the buffer, in row-major order. */
export const eachPosition = (
  { shape, strides, offset }: Strided,
  visit: (position: number, index: number) => void,
): void => {
  const count = shape.reduce((n, d) => n * d, 1);
  const at = new Array<number>(shape.length).fill(0);
  let position = offset;
  for (let index = 0; index < count; index++) {
    visit(position, index);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      position += strides[axis]!;
      if (++at[axis]! < shape[axis]!) break;
      position -= at[axis]! * strides[axis]!;
      at[axis] = 0;
    }
  }
};
