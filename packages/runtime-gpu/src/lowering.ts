import { type Dim, elementCount, hash32, type ReduceAttrs, type Value } from '@charter/tensor';
import { concat, gather, pad, scatterAddRows, scatterLastAxis, takeAlongLastAxis } from './indexing.js';
import { KernelSource } from './kernel-source.js';
import { matmul } from './matmul.js';
import { type Node, numberNode, type PlanBuilder, viewOf } from './plan-builder.js';
import { dense, isDense } from './strided-view.js';

/** What a row of the table sees: the value to make, its inputs, and its shape now that sizes are known. */
export interface LoweringContext {
  readonly plan: PlanBuilder;
  readonly value: Value;
  readonly inputs: readonly Node[];
  readonly shape: readonly number[];
  size(dim: Dim): number;
}

export type Lowering = (context: LoweringContext) => Node;

const attr = <T>(value: Value, name: string): T => value.attrs[name] as T;

/** One operation in a kernel, see elementwise.ts. */
const map: Lowering = ({ plan, value, inputs, shape }) => plan.map(value.op, inputs, shape, value.dtype);

const axesOf = (value: Value): number[] => {
  const { axes } = value.attrs as unknown as ReduceAttrs;
  const rank = value.inputs[0]!.shape.length;
  return axes.map(axis => (axis < 0 ? axis + rank : axis));
};

const reduction =
  (op: 'sum' | 'max'): Lowering =>
  ({ plan, value, inputs: [x], shape }) => {
    const { slot } = plan.reduce(op, x!, axesOf(value));
    return viewOf(slot, dense(shape));
  };

/** How each operation becomes kernels, one row for each. Composites without a row are decomposed. */
export const lowerings: Readonly<Record<string, Lowering>> = {
  neg: map,
  exp: map,
  log: map,
  sqrt: map,
  reciprocal: map,
  sigmoid: map,
  tanh: map,
  softplus: map,
  erf: map,
  add: map,
  sub: map,
  mul: map,
  div: map,
  maximum: map,
  minimum: map,
  equal: map,
  less: map,
  lessEqual: map,
  greater: map,
  greaterEqual: map,
  and: map,
  or: map,
  where: map,
  stopGradient: ({ inputs: [x] }) => x!,
  cast: ({ plan, value, inputs: [x], shape }) => {
    const from = value.inputs[0]!.dtype;
    if (from === value.dtype) return x!;
    if (value.dtype === 'bool') return plan.map('toBool', [x!], shape, 'bool');
    if (value.dtype === 'int32') return plan.map('cast', [x!], shape, 'int32');
    // What comes from the host becomes float32 on its way to the device.
    return plan.map('copy', [x!], shape);
  },

  sum: reduction('sum'),
  max: reduction('max'),
  mean: ({ plan, value, inputs: [x], shape }) => {
    const axes = axesOf(value);
    const count = axes.reduce((n, axis) => n * x!.shape[axis]!, 1);
    return plan.map(
      'div',
      [viewOf(plan.reduce('sum', x!, axes).slot, dense(shape)), numberNode(count)],
      shape,
    );
  },
  argmax: ({ plan, inputs: [x], shape }) => {
    const kernel = new KernelSource();
    const [slot, length] = [plan.dense(x!), x!.shape.at(-1)!];
    const read = (column: string) => kernel.load(slot, 0, ['this.thread.x', column], [length, 1]);
    const best = kernel.variable(read('0'));
    const index = kernel.variable('0.0');
    kernel.line(`for (let k = 1; k < ${kernel.integer(length)}; k++) {`);
    const element = kernel.variable(read('k'));
    kernel.line(`if (${element} > ${best}) { ${best} = ${element}; ${index} = k; } }`);
    const found = plan.kernel(kernel.finish(index), elementCount(shape));
    return plan.map('cast', [viewOf(found, dense(shape))], shape, 'int32');
  },
  softmax: ({ plan, inputs: [input], shape }) => {
    const last = shape.length - 1;
    const column = [...shape.slice(0, -1), 1];
    const x = plan.view(input!);
    const top = viewOf(plan.reduce('max', x, [last]).slot, dense(column));
    const powers = plan.view(plan.map('exp', [plan.map('sub', [x, top], shape)], shape));
    const total = viewOf(plan.reduce('sum', powers, [last]).slot, dense(column));
    return plan.map('div', [powers, total], shape);
  },
  dimSize: ({ value, size }) => numberNode(size(attr(value, 'dim'))),

  iota: ({ plan, shape }) => {
    const size = elementCount(shape);
    return viewOf(
      plan.onHost([], 'int32', size, () => Int32Array.from({ length: size }, (_, i) => i)),
      dense(shape),
    );
  },
  // Most backends have no 32-bit multiplication, so these bits are made on the host.
  uniform: ({ plan, value, inputs: [seed], shape }) => {
    const size = elementCount(shape);
    const salt = hash32(attr(value, 'salt'));
    const slot = plan.onHost([plan.dense(seed!)], 'float32', size, ([seeds]) => {
      const key = hash32(seeds![0]! ^ salt);
      return Float32Array.from({ length: size }, (_, i) => (hash32(i ^ key) >>> 8) / 2 ** 24);
    });
    return viewOf(slot, dense(shape));
  },

  reshape: ({ plan, inputs: [x], shape }) => {
    const view = plan.view(x!);
    return isDense({ ...view, offset: 0 })
      ? viewOf(view.slot, { ...dense(shape), offset: view.offset })
      : viewOf(plan.dense(view), dense(shape));
  },
  expand: ({ plan, inputs: [x], shape }) => {
    const view = plan.view(x!);
    const added = shape.length - view.shape.length;
    const strides = shape.map((size, axis) =>
      axis < added || view.shape[axis - added] !== size ? 0 : view.strides[axis - added]!,
    );
    return viewOf(view.slot, { shape, strides, offset: view.offset });
  },
  transpose: ({ plan, value, inputs: [x], shape }) => {
    const view = plan.view(x!);
    const strides = attr<readonly number[]>(value, 'perm').map(axis => view.strides[axis]!);
    return viewOf(view.slot, { shape, strides, offset: view.offset });
  },
  slice: ({ plan, value, inputs: [x], shape, size }) => {
    const { slot, strides, offset } = plan.view(x!);
    const start = size(attr(value, 'start')) * strides[attr<number>(value, 'axis')]!;
    return viewOf(slot, { shape, strides, offset: offset + start });
  },
  pad,
  concat,
  gather,
  scatterAddRows,
  takeAlongLastAxis,
  scatterLastAxis,

  matmul,
};
