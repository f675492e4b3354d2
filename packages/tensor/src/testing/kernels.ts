import type { Dim } from '../dim.js';
import type { OpAttrs } from '../op-attrs.js';
import { hash32 } from '../ops/random.js';
import type { ReduceAttrs } from '../ops/reduce.js';
import type { DType } from '../tensor.js';

/** A row-major float64 array: how the reference holds every type. */
export interface Array64 {
  readonly data: Float64Array;
  readonly shape: readonly number[];
}

interface Output<A = object> {
  readonly attrs: A;
  readonly shape: readonly number[];
  readonly size: number;
  readonly dtype: DType;
  resolve(dim: Dim): number;
}

type Kernel<A = object> = (inputs: readonly Array64[], output: Output<A>) => Float64Array;

/** The position in an array that broadcasts to `shape`, of the element at flat position `i` of `shape`. */
const broadcastIndex = (from: readonly number[], shape: readonly number[], i: number): number => {
  let index = 0;
  let stride = 1;
  let rest = i;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const at = rest % shape[axis]!;
    rest = Math.floor(rest / shape[axis]!);
    const size = from[axis - shape.length + from.length];
    if (size === undefined) continue;
    index += (size === 1 ? 0 : at) * stride;
    stride *= size;
  }
  return index;
};

const elementwise =
  (f: (...x: number[]) => number): Kernel =>
  (inputs, { shape, size }) =>
    Float64Array.from({ length: size }, (_, i) =>
      f(...inputs.map(x => x.data[broadcastIndex(x.shape, shape, i)]!)),
    );

const coordinates = (shape: readonly number[], i: number): number[] => {
  const at = new Array<number>(shape.length);
  let rest = i;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    at[axis] = rest % shape[axis]!;
    rest = Math.floor(rest / shape[axis]!);
  }
  return at;
};

const flat = (shape: readonly number[], at: readonly number[]): number =>
  at.reduce((index, x, axis) => index * shape[axis]! + x, 0);

const reduce =
  (
    start: number,
    f: (total: number, x: number) => number,
    end = (total: number, _count: number) => total,
  ): Kernel<ReduceAttrs> =>
  ([x], { attrs, size }) => {
    const axes = attrs.axes.map(a => (a < 0 ? a + x!.shape.length : a));
    const kept = x!.shape.map((dim, i) => (axes.includes(i) ? 1 : dim));
    const result = new Float64Array(size).fill(start);
    x!.data.forEach((value, i) => {
      const to = flat(
        kept,
        coordinates(x!.shape, i).map((at, axis) => (axes.includes(axis) ? 0 : at)),
      );
      result[to] = f(result[to]!, value);
    });
    return result.map(total => end(total, x!.data.length / size));
  };

const rowSize = (shape: readonly number[]): number => shape.slice(1).reduce((n, d) => n * d, 1);

/** Float64 evaluation of each primitive operation, one row for each. */
const kernels: { readonly [N in keyof OpAttrs]?: Kernel<OpAttrs[N]> } = {
  neg: elementwise(x => -x!),
  exp: elementwise(x => Math.exp(x!)),
  log: elementwise(x => Math.log(x!)),
  sqrt: elementwise(x => Math.sqrt(x!)),
  reciprocal: elementwise(x => 1 / x!),
  sigmoid: elementwise(x => 1 / (1 + Math.exp(-x!))),
  tanh: elementwise(x => Math.tanh(x!)),
  softplus: elementwise(x => Math.max(x!, 0) + Math.log1p(Math.exp(-Math.abs(x!)))),
  erf: elementwise(x => erf(x!)),
  add: elementwise((a, b) => a! + b!),
  sub: elementwise((a, b) => a! - b!),
  mul: elementwise((a, b) => a! * b!),
  div: elementwise((a, b) => a! / b!),
  maximum: elementwise((a, b) => Math.max(a!, b!)),
  minimum: elementwise((a, b) => Math.min(a!, b!)),
  equal: elementwise((a, b) => Number(a === b)),
  less: elementwise((a, b) => Number(a! < b!)),
  lessEqual: elementwise((a, b) => Number(a! <= b!)),
  greater: elementwise((a, b) => Number(a! > b!)),
  greaterEqual: elementwise((a, b) => Number(a! >= b!)),
  and: elementwise((a, b) => Number(a && b)),
  or: elementwise((a, b) => Number(a || b)),
  where: elementwise((condition, a, b) => (condition ? a! : b!)),
  stopGradient: ([x]) => x!.data,
  cast: ([x], { dtype }) => (dtype === 'int32' ? x!.data.map(Math.trunc) : x!.data),
  sum: reduce(0, (a, b) => a + b),
  mean: reduce(
    0,
    (a, b) => a + b,
    (total, count) => total / count,
  ),
  max: reduce(Number.NEGATIVE_INFINITY, Math.max),
  argmax: ([x], { size }) => {
    const n = x!.shape.at(-1)!;
    return Float64Array.from({ length: size }, (_, i) => {
      const row = x!.data.subarray(i * n, (i + 1) * n);
      return row.indexOf(Math.max(...row));
    });
  },
  dimSize: (_inputs, { attrs, resolve }) => Float64Array.of(resolve(attrs.dim)),
  iota: (_inputs, { size }) => Float64Array.from({ length: size }, (_, i) => i),
  uniform: ([seed], { attrs, size }) => {
    const key = hash32(seed!.data[0]! ^ hash32(attrs.salt));
    return Float64Array.from({ length: size }, (_, i) => (hash32(i ^ key) >>> 8) / 2 ** 24);
  },
  reshape: ([x]) => x!.data,
  expand: elementwise(x => x!),
  transpose: ([x], { attrs, shape, size }) => {
    const perm = attrs.perm;
    const at = new Array<number>(perm.length);
    return Float64Array.from({ length: size }, (_, i) => {
      coordinates(shape, i).forEach((c, axis) => {
        at[perm[axis]!] = c;
      });
      return x!.data[flat(x!.shape, at)]!;
    });
  },
  slice: ([x], { attrs, shape, size, resolve }) => {
    const axis = attrs.axis;
    const start = resolve(attrs.start);
    return Float64Array.from({ length: size }, (_, i) => {
      const at = coordinates(shape, i);
      at[axis]! += start;
      return x!.data[flat(x!.shape, at)]!;
    });
  },
  pad: ([x], { attrs, shape, size, resolve }) => {
    const axis = attrs.axis;
    const result = new Float64Array(size);
    x!.data.forEach((value, i) => {
      const at = coordinates(x!.shape, i);
      at[axis]! += resolve(attrs.before);
      result[flat(shape, at)] = value;
    });
    return result;
  },
  concat: (inputs, { attrs, shape, size }) => {
    const axis = attrs.axis;
    const result = new Float64Array(size);
    let start = 0;
    for (const x of inputs) {
      for (let i = 0; i < x.data.length; i++) {
        const at = coordinates(x.shape, i);
        at[axis]! += start;
        result[flat(shape, at)] = x.data[i]!;
      }
      start += x.shape[axis]!;
    }
    return result;
  },
  matmul: ([a, b], { shape, size }) => {
    const [k, n] = [a!.shape.at(-1)!, b!.shape.at(-1)!];
    return Float64Array.from({ length: size }, (_, i) => {
      const at = coordinates(shape, i);
      const [row, column] = [at.at(-2)!, at.at(-1)!];
      const lead = shape.slice(0, -2);
      const batch = flat(lead, at.slice(0, -2));
      const left = broadcastIndex(a!.shape.slice(0, -2), lead, batch) * a!.shape.at(-2)! * k + row * k;
      const right = broadcastIndex(b!.shape.slice(0, -2), lead, batch) * k * n + column;
      let total = 0;
      for (let j = 0; j < k; j++) total += a!.data[left + j]! * b!.data[right + j * n]!;
      return total;
    });
  },
  softmax: ([x], { size }) => {
    const n = x!.shape.at(-1)!;
    const result = new Float64Array(size);
    for (let i = 0; i < size; i += n) {
      const row = x!.data.subarray(i, i + n);
      const top = Math.max(...row);
      const total = row.reduce((t, v) => t + Math.exp(v - top), 0);
      row.forEach((v, j) => {
        result[i + j] = Math.exp(v - top) / total;
      });
    }
    return result;
  },
  gather: ([table, indices], { size }) => {
    const n = rowSize(table!.shape);
    const result = new Float64Array(size);
    indices!.data.forEach((row, i) => {
      result.set(table!.data.subarray(row * n, (row + 1) * n), i * n);
    });
    return result;
  },
  scatterAddRows: ([updates, indices], { size }) => {
    const n = rowSize(updates!.shape);
    const result = new Float64Array(size);
    indices!.data.forEach((row, i) => {
      for (let j = 0; j < n; j++) result[row * n + j]! += updates!.data[i * n + j]!;
    });
    return result;
  },
  takeAlongLastAxis: ([x, indices]) => {
    const n = x!.shape.at(-1)!;
    return indices!.data.map((at, i) => x!.data[i * n + at]!);
  },
  scatterLastAxis: ([x, indices], { shape, size }) => {
    const n = shape.at(-1)!;
    const result = new Float64Array(size);
    indices!.data.forEach((at, i) => {
      result[i * n + at] = x!.data[i]!;
    });
    return result;
  },
};

export const kernelOf = (op: string): Kernel | undefined =>
  kernels[op as keyof OpAttrs] as Kernel | undefined;

/** The error function by its Taylor series, good to 1e-15 for |x| < 4, where it is used. */
const erf = (x: number): number => {
  let term = x;
  let total = x;
  for (let n = 1; n < 120; n++) {
    term *= (-x * x) / n;
    total += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * total;
};
