import { elementCount, hash32, type OpAttrs, ops, type ReduceAttrs } from '@charter/tensor';
import { numberNode, viewOf } from '../plan/plan-builder.js';
import { dense, isDense } from '../plan/strided-view.js';
import { elementwise } from './elementwise.js';
import { concat, gather, pad, scatterAddRows, scatterLastAxis, takeAlongLastAxis } from './indexing.js';
import { KernelSource } from './kernel-source.js';
import type { Lowering, LoweringContext } from './lowering-context.js';
import { matmul } from './matmul.js';

/** One operation in a kernel, see elementwise.ts. */
const map: Lowering = ({ plan, value, inputs, shape }) => plan.map(value.op, inputs, shape, value.dtype);

const axesOf = ({ attrs, inputs: [x] }: LoweringContext<ReduceAttrs>): number[] =>
  attrs.axes.map(axis => (axis < 0 ? axis + x!.shape.length : axis));

const reduction =
  (op: 'sum' | 'max'): Lowering<ReduceAttrs> =>
  context => {
    const { plan, inputs, shape } = context;
    return viewOf(plan.reduce(op, inputs[0]!, axesOf(context)).slot, dense(shape));
  };

/** Kernels of each operation that is not in `elementwise`, one row for each. Composites without a row are decomposed. */
const table: { readonly [N in keyof OpAttrs]?: Lowering<OpAttrs[N]> } = {
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
  mean: context => {
    const { plan, inputs, shape } = context;
    const [x] = inputs;
    const axes = axesOf(context);
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
  dimSize: ({ attrs, size }) => numberNode(size(attrs.dim)),

  iota: ({ plan, shape }) => {
    const size = elementCount(shape);
    return viewOf(
      plan.onHost([], 'int32', size, () => Int32Array.from({ length: size }, (_, i) => i)),
      dense(shape),
    );
  },
  // Most backends have no 32-bit multiplication, so these bits are made on the host.
  uniform: ({ plan, attrs, inputs: [seed], shape }) => {
    const size = elementCount(shape);
    const salt = hash32(attrs.salt);
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
  transpose: ({ plan, attrs: { perm }, inputs: [x], shape }) => {
    const view = plan.view(x!);
    const strides = perm.map(axis => view.strides[axis]!);
    return viewOf(view.slot, { shape, strides, offset: view.offset });
  },
  slice: ({ plan, attrs, inputs: [x], shape, size }) => {
    const { slot, strides, offset } = plan.view(x!);
    const start = size(attrs.start) * strides[attrs.axis]!;
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

/** Lowering of each operation, by its name. */
export const lowerings: ReadonlyMap<string, Lowering> = new Map([
  ...Object.keys(elementwise).flatMap(name => (ops.has(name) ? [[name, map] as const] : [])),
  // A row is only called with the attributes of its own operation.
  ...(Object.entries(table) as unknown as [string, Lowering][]),
]);
