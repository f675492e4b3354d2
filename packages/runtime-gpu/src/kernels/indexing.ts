import { elementCount, type OpAttrs, type TensorData } from '@charter/tensor';
import { emptyData } from '../plan/host-elementwise.js';
import { MAX_ARRAYS, type PlanBuilder, type ViewNode, viewOf } from '../plan/plan-builder.js';
import type { Slot } from '../plan/slot.js';
import { dense } from '../plan/strided-view.js';
import { KernelSource } from './kernel-source.js';
import type { Lowering } from './lowering-context.js';

/** Sizes before, at and after an axis. */
const around = (shape: readonly number[], axis: number): [number, number, number] => [
  elementCount(shape.slice(0, axis)),
  shape[axis]!,
  elementCount(shape.slice(axis + 1)),
];

/** Blocks of one output, row after row: `block` numbers of each source, of which row r has `widths[i]`. */
const interleave = (
  sources: readonly TensorData[],
  widths: readonly number[],
  result: TensorData,
): TensorData => {
  let to = 0;
  for (let row = 0; to < result.length; row++) {
    for (const [i, source] of sources.entries()) {
      result.set(source.subarray(row * widths[i]!, (row + 1) * widths[i]!) as never, to);
      to += widths[i]!;
    }
  }
  return result;
};

/** Joins blocks of rows: every source has `rows` rows of its own width. */
const joinRows = (
  plan: PlanBuilder,
  slots: readonly Slot[],
  widths: readonly number[],
  rows: number,
): Slot => {
  const { dtype } = slots[0]!;
  const width = widths.reduce((n, w) => n + w, 0);
  const size = rows * width;
  if (slots.every(slot => slot.onHost))
    return plan.onHost(slots, dtype, size, arrays => interleave(arrays, widths, emptyData(dtype, size)));
  if (slots.length > MAX_ARRAYS) {
    const [first, rest] = [slots.slice(0, MAX_ARRAYS), slots.slice(MAX_ARRAYS)];
    const firstWidths = widths.slice(0, MAX_ARRAYS);
    const joined = joinRows(plan, first, firstWidths, rows);
    return joinRows(plan, [joined, ...rest], [joined.size / rows, ...widths.slice(MAX_ARRAYS)], rows);
  }
  const kernel = new KernelSource();
  const [row, column] = kernel.coordinates('this.thread.x', [rows, width]) as [string, string];
  const rest = kernel.variable(column);
  const result = kernel.variable('0.0');
  for (const [i, slot] of slots.entries()) {
    const own = kernel.integer(widths[i]!);
    const element = kernel.load(slot, 0, [row, `(${rest} | 0)`], [widths[i]!, 1]);
    kernel.line(`if (${rest} >= 0 && ${rest} < ${own}) { ${result} = ${element}; }`);
    kernel.line(`${rest} = ${rest} - ${own};`);
  }
  return plan.kernel(kernel.finish(result), size, dtype);
};

export const concat: Lowering<OpAttrs['concat']> = ({ plan, attrs: { axis }, inputs, shape }) => {
  const parts = inputs.map(input => ({ slot: plan.dense(input), sizes: around(input.shape, axis) }));
  const filled = parts.filter(({ slot }) => slot.size > 0);
  if (filled.length === 0) return inputs[0]!;
  const slot = joinRows(
    plan,
    filled.map(part => part.slot),
    filled.map(({ sizes: [, size, after] }) => size * after),
    elementCount(shape.slice(0, axis)),
  );
  return viewOf(slot, dense(shape));
};

export const pad: Lowering<OpAttrs['pad']> = ({ plan, attrs, inputs: [x], shape, size }) => {
  const { axis } = attrs;
  const slot = plan.dense(x!);
  const [rows, inside, after] = around(x!.shape, axis);
  const before = size(attrs.before) * after;
  const [own, width] = [inside * after, shape[axis]! * after];
  if (slot.onHost) {
    const { dtype } = slot;
    const result = plan.onHost([slot], dtype, rows * width, ([data]) => {
      const padded = emptyData(dtype, rows * width);
      for (let row = 0; row < rows; row++)
        padded.set(data!.subarray(row * own, (row + 1) * own) as never, row * width + before);
      return padded;
    });
    return viewOf(result, dense(shape));
  }
  const kernel = new KernelSource();
  const [row, column] = kernel.coordinates('this.thread.x', [rows, width]) as [string, string];
  const inner = kernel.variable(`${column} - ${kernel.integer(before)}`);
  const result = kernel.variable('0.0');
  const element = kernel.load(slot, 0, [row, `(${inner} | 0)`], [own, 1]);
  kernel.line(`if (${inner} >= 0 && ${inner} < ${kernel.integer(own)}) { ${result} = ${element}; }`);
  return viewOf(plan.kernel(kernel.finish(result), rows * width, slot.dtype), dense(shape));
};

/** Copies rows of a table on the host: row `indices[i]` becomes row i. */
const gatherOnHost = (
  table: TensorData,
  indices: TensorData,
  width: number,
  result: TensorData,
): TensorData => {
  indices.forEach((row: number, i: number) => {
    result.set(table.subarray(row * width, (row + 1) * width) as never, i * width);
  });
  return result;
};

export const gather: Lowering = ({ plan, inputs: [table, indices], shape }) => {
  const [slot, at] = [plan.dense(table!), plan.dense(indices!)];
  const width = elementCount(table!.shape.slice(1));
  const size = elementCount(shape);
  if (slot.onHost) {
    const { dtype } = slot;
    const result = plan.onHost([slot, at], dtype, size, ([data, rows]) =>
      gatherOnHost(data!, rows!, width, emptyData(dtype, size)),
    );
    return viewOf(result, dense(shape));
  }
  const kernel = new KernelSource();
  const [i, column] = kernel.coordinates('this.thread.x', [at.size, width]) as [string, string];
  const row = kernel.variable(kernel.load(at, 0, [i], [1]));
  const result = kernel.variable(kernel.load(slot, 0, [`(${row} | 0)`, column], [width, 1]));
  return viewOf(plan.kernel(kernel.finish(result), size, slot.dtype), dense(shape));
};

/** Which updates go to each row: row r gets those at `order[starts[r] … starts[r + 1] - 1]`. */
const byRow = (plan: PlanBuilder, indices: Slot, rows: number): { starts: Slot; order: Slot } => {
  const startsOf = (at: TensorData): Int32Array => {
    const starts = new Int32Array(rows + 1);
    for (const row of at) starts[row + 1]!++;
    for (let row = 0; row < rows; row++) starts[row + 1]! += starts[row]!;
    return starts;
  };
  const orderOf = (at: TensorData): Int32Array => {
    const [next, order] = [startsOf(at), new Int32Array(at.length)];
    at.forEach((row: number, i: number) => {
      order[next[row]!++] = i;
    });
    return order;
  };
  return {
    starts: plan.onHost([indices], 'int32', rows + 1, ([at]) => startsOf(at!)),
    order: plan.onHost([indices], 'int32', indices.size, ([at]) => orderOf(at!)),
  };
};

// One thread sums all that goes to its element, so nothing is added to twice at a time.
export const scatterAddRows: Lowering = ({ plan, inputs: [updates, indices], shape }) => {
  const slot = plan.dense(updates!);
  const [rows, width] = [shape[0]!, elementCount(shape.slice(1))];
  const { starts, order } = byRow(plan, plan.dense(indices!), rows);
  const kernel = new KernelSource();
  const [row, column] = kernel.coordinates('this.thread.x', [rows, width]) as [string, string];
  const first = kernel.variable(kernel.load(starts, 0, [row], [1]));
  const end = kernel.variable(kernel.load(starts, 0, [`${row} + 1`], [1]));
  const total = kernel.variable('0.0');
  kernel.line(`for (let k = 0; k < ${end} - ${first}; k++) {`);
  const from = kernel.variable(kernel.load(order, 0, [`(${first} | 0) + k`], [1]));
  kernel.line(`${total} = ${total} + ${kernel.load(slot, 0, [`(${from} | 0)`, column], [width, 1])}; }`);
  return viewOf(plan.kernel(kernel.finish(total), rows * width, slot.dtype), dense(shape));
};

const lastAxis = (plan: PlanBuilder, x: ViewNode, indices: ViewNode): [Slot, Slot] => [
  plan.dense(x),
  plan.dense(indices),
];

export const takeAlongLastAxis: Lowering = ({ plan, inputs: [x, indices], shape }) => {
  const [slot, at] = lastAxis(plan, plan.view(x!), plan.view(indices!));
  const width = x!.shape.at(-1)!;
  const kernel = new KernelSource();
  const column = kernel.variable(kernel.load(at, 0, ['this.thread.x'], [1]));
  const result = kernel.variable(kernel.load(slot, 0, ['this.thread.x', `(${column} | 0)`], [width, 1]));
  return viewOf(plan.kernel(kernel.finish(result), at.size, slot.dtype), dense(shape));
};

export const scatterLastAxis: Lowering = ({ plan, inputs: [x, indices], shape }) => {
  const [slot, at] = lastAxis(plan, plan.view(x!), plan.view(indices!));
  const kernel = new KernelSource();
  const [row, column] = kernel.coordinates('this.thread.x', [slot.size, shape.at(-1)!]) as [string, string];
  const wanted = kernel.variable(kernel.load(at, 0, [row], [1]));
  const element = kernel.variable(kernel.load(slot, 0, [row], [1]));
  const distance = kernel.variable(`${wanted} - ${column}`);
  const result = `(${distance} === 0.0 ? ${element} : 0.0)`;
  return viewOf(plan.kernel(kernel.finish(result), elementCount(shape), slot.dtype), dense(shape));
};
