import { elementCount } from '@charter/tensor';
import { FEW, type PlanBuilder, type ViewNode, viewOf } from '../plan/plan-builder.js';
import type { Slot } from '../plan/slot.js';
import { broadcastStrides, collapse, dense } from '../plan/strided-view.js';
import { KernelSource } from './kernel-source.js';
import type { Lowering } from './lowering-context.js';

/** Columns of one thread: as many numbers as gpu.js lets it return. */
const COLUMNS = 4;

/** A sum over k of products, read through views: transposed and repeated operands need no copy. */
export const matmul: Lowering = ({ plan, inputs, shape }) => {
  const [a, b] = [plan.view(inputs[0]!), plan.view(inputs[1]!)];
  // Few results are better made by a thread each.
  const tiled = plan.returnsArrays && shape.at(-1)! % COLUMNS === 0 && elementCount(shape) >= FEW;
  return viewOf(tiled ? byColumns(plan, a, b, shape) : byElement(plan, a, b, shape), dense(shape));
};

const byElement = (plan: PlanBuilder, a: ViewNode, b: ViewNode, shape: readonly number[]): Slot => {
  const [m, n, k] = [shape.at(-2)!, shape.at(-1)!, a.shape.at(-1)!];
  const rows = viewOf(a.slot, {
    shape: [...a.shape.slice(0, -2), m, 1, k],
    strides: [...a.strides.slice(0, -1), 0, a.strides.at(-1)!],
    offset: a.offset,
  });
  const columns = viewOf(b.slot, {
    shape: [...b.shape.slice(0, -2), 1, n, k],
    strides: [...b.strides.slice(0, -2), 0, b.strides.at(-1)!, b.strides.at(-2)!],
    offset: b.offset,
  });
  const products = plan.map('mul', [rows, columns], [...shape, k]);
  return plan.reduce('sum', products, [shape.length]).slot;
};

/**
 * Each thread makes four neighbouring columns of a row, so that it reads the row once for all of them. This is all the
 * tiling that gpu.js permits: it has no memory that threads share.
 */
const byColumns = (plan: PlanBuilder, a: ViewNode, b: ViewNode, shape: readonly number[]): Slot => {
  const [rowStep, aStep] = a.strides.slice(-2) as [number, number];
  const [bStep, columnStep] = b.strides.slice(-2) as [number, number];
  const batch = shape.slice(0, -2);
  const over = (view: ViewNode) =>
    broadcastStrides({ ...view, shape: view.shape.slice(0, -2), strides: view.strides.slice(0, -2) }, batch);
  const threads = collapse(
    [...batch, shape.at(-2)!, shape.at(-1)! / COLUMNS],
    [
      [...over(a), rowStep, 0],
      [...over(b), 0, columnStep * COLUMNS],
    ],
  );
  const kernel = new KernelSource();
  const at = kernel.coordinates('this.thread.x', threads.shape);
  const totals = Array.from({ length: COLUMNS }, () => kernel.variable('0.0'));
  kernel.line(`for (let k = 0; k < ${kernel.integer(a.shape.at(-1)!)}; k++) {`);
  const element = kernel.variable(
    kernel.load(a.slot, a.offset, [...at, 'k'], [...threads.strides[0]!, aStep]),
  );
  for (const [column, total] of totals.entries()) {
    const other = kernel.load(
      b.slot,
      b.offset + column * columnStep,
      [...at, 'k'],
      [...threads.strides[1]!, bStep],
    );
    kernel.line(`${total} = ${total} + ${element} * ${other};`);
  }
  kernel.line('}');
  return plan.kernel(kernel.finish(`[${totals.join(', ')}]`), elementCount(shape), 'float32', COLUMNS);
};
