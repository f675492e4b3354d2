import { type DType, elementCount, type TensorData } from '@charter/tensor';
import { Buffer } from '../device/buffer.js';
import type { Device } from '../device/device.js';
import { GpuError } from '../gpu-error.js';
import { elementwise } from '../kernels/elementwise.js';
import { type KernelCall, KernelSource } from '../kernels/kernel-source.js';
import { type HostInput, hostElementwise } from './host-elementwise.js';
import type { Slot } from './slot.js';
import { broadcastStrides, collapse, dense, isDense, type Strided } from './strided-view.js';

/** One thing that a run does: a kernel, or something on the host. */
export interface Step {
  readonly reads: readonly Slot[];
  readonly writes: Slot;
  run(device: Device, buffers: readonly Buffer[]): Promise<Buffer>;
}

/** A value while a plan is made: a number, a way to read a slot, or an operation that is still to be written. */
export type Node = NumberNode | ViewNode | MapNode;

export interface NumberNode {
  readonly kind: 'number';
  readonly value: number;
  readonly shape: readonly number[];
}

/** Transposing, slicing and repeating change only this, no buffer. */
export interface ViewNode extends Strided {
  readonly kind: 'view';
  readonly slot: Slot;
}

/** An element-by-element operation, not run before its result is needed, so that a chain of them is one kernel. */
export interface MapNode {
  readonly kind: 'map';
  readonly op: string;
  readonly inputs: readonly Node[];
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly operations: number;
}

/** WebGPU promises eight storage buffers to a kernel; one is the output. */
export const MAX_ARRAYS = 7;
/** Longer chains are cut: their kernels take long to compile. */
const MAX_OPERATIONS = 40;
/** Sums this long, of which there are few, are taken in two steps: more threads, and smaller rounding errors. */
const LONG = 1024;
export const FEW = 8192;
/** Products summed in one round of a loop: on gpu.js's backends this took up to a third less time. */
const UNROLLED = 8;

export const numberNode = (value: number): NumberNode => ({ kind: 'number', value, shape: [] });

export const viewOf = (slot: Slot, view: Strided): ViewNode => ({ kind: 'view', slot, ...view });

/** Writes the steps of a plan. All sizes are known here: a plan serves one set of sizes, its kernels serve all. */
export class PlanBuilder {
  readonly steps: Step[] = [];

  /** @param returnsArrays whether a thread may make several numbers */
  constructor(readonly returnsArrays = false) {}

  /**
   * A slot that one kernel fills.
   * @param perThread how many neighbouring numbers each thread returns
   */
  kernel(
    { source, arrays, integers, floats }: KernelCall,
    size: number,
    dtype: DType = 'float32',
    perThread = 1,
  ): Slot {
    const writes: Slot = { dtype, size, onHost: false };
    const run = async (device: Device, buffers: readonly Buffer[]) => {
      if (size === 0) return Buffer.ofHost(device, new Float32Array(0));
      const handles = await Promise.all(buffers.map(buffer => buffer.handle()));
      const args = { arrays: handles, integers, floats };
      return Buffer.ofDevice(device, await device.run(source, args, size / perThread, perThread));
    };
    this.steps.push({ reads: arrays, writes, run });
    return writes;
  }

  /** A slot that is computed on the host. */
  onHost(
    reads: readonly Slot[],
    dtype: DType,
    size: number,
    compute: (inputs: TensorData[]) => TensorData,
  ): Slot {
    const writes: Slot = { dtype, size, onHost: true };
    const run = async (device: Device, buffers: readonly Buffer[]) => {
      const inputs = await Promise.all(buffers.map((buffer, i) => buffer.data(reads[i]!.dtype)));
      return Buffer.ofHost(device, compute(inputs));
    };
    this.steps.push({ reads, writes, run });
    return writes;
  }

  /** An element-by-element operation; its inputs broadcast to `shape`. */
  map(op: string, nodes: readonly Node[], shape: readonly number[], dtype: DType = 'float32'): Node {
    if (dtype === 'int32' || (dtype === 'bool' && allOnHost(nodes)))
      return this.#mapOnHost(op, nodes, shape, dtype);
    // A node of another shape would be computed many times over.
    const inputs = nodes.map(node =>
      node.kind === 'map' && `${node.shape}` !== `${shape}` ? this.view(node) : node,
    );
    const weight = (node: Node) => (node.kind === 'map' ? node.operations : 0);
    const fits = () =>
      new Set(inputs.flatMap(leaves).map(leaf => leaf.slot)).size <= MAX_ARRAYS &&
      inputs.reduce((n, node) => n + weight(node), 1) <= MAX_OPERATIONS;
    while (!fits()) {
      const heaviest = inputs.reduce((best, node, i) => (weight(node) > weight(inputs[best]!) ? i : best), 0);
      inputs[heaviest] = this.view(inputs[heaviest]!);
    }
    const operations = inputs.reduce((n, node) => n + weight(node), 1);
    return { kind: 'map', op, inputs, shape, dtype, operations };
  }

  /** The value in a slot, as it lies there. */
  view(node: Node): ViewNode {
    if (node.kind === 'view') return node;
    const kernel = new KernelSource();
    const found = leaves(node);
    const { shape, strides } = collapse(
      node.shape,
      found.map(leaf => broadcastStrides(leaf, node.shape)),
    );
    const at = kernel.coordinates('this.thread.x', shape);
    const result = write(kernel, node, leaf => {
      return kernel.load(leaf.slot, leaf.offset, at, strides[found.indexOf(leaf)]!);
    });
    const dtype = node.kind === 'map' ? node.dtype : 'float32';
    return viewOf(this.kernel(kernel.finish(result), elementCount(node.shape), dtype), dense(node.shape));
  }

  /** A slot that holds the value in row-major order and nothing else. */
  dense(node: Node): Slot {
    const view = this.view(node);
    if (isDense(view) && view.slot.size === elementCount(view.shape)) return view.slot;
    const { slot, shape } = view;
    if (slot.onHost) return this.view(this.#mapOnHost('copy', [view], shape, slot.dtype)).slot;
    return this.view({ kind: 'map', op: 'copy', inputs: [view], shape, dtype: slot.dtype, operations: 1 })
      .slot;
  }

  /** Sums or takes the largest over some axes of a value, which is computed on the way; the other axes stay. */
  reduce(op: 'sum' | 'max', node: Node, axes: readonly number[]): ViewNode {
    const found = leaves(node);
    const strides = found.map(leaf => broadcastStrides(leaf, node.shape));
    const part = (take: (axis: number) => boolean) =>
      collapse(
        node.shape.filter((_, axis) => take(axis)),
        strides.map(s => s.filter((_, axis) => take(axis))),
      );
    const outer = part(axis => !axes.includes(axis));
    const inner = part(axis => axes.includes(axis));
    const outputs = elementCount(outer.shape);
    const length = elementCount(inner.shape);
    const chunk = length >= LONG && outputs < FEW ? Math.ceil(Math.sqrt(length)) : length;
    const chunks = length > chunk ? Math.ceil(length / chunk) : 1;

    const kernel = new KernelSource();
    const split = chunks > 1;
    const at = kernel.coordinates('this.thread.x', split ? [...outer.shape, chunks] : outer.shape);
    const first = split ? `${at.pop()} * ${kernel.integer(chunk)} + ` : '';
    const total = kernel.variable(op === 'sum' ? '0.0' : kernel.float(Number.NEGATIVE_INFINITY));
    const take = (element: string) =>
      op === 'sum' ? `${total} = ${total} + ${element};` : `${total} = Math.max(${total}, ${element});`;
    const load = (leaf: ViewNode, within: readonly string[]) => {
      const i = found.indexOf(leaf);
      const along = [...outer.strides[i]!, ...inner.strides[i]!];
      return kernel.load(leaf.slot, leaf.offset, [...at, ...within], along);
    };
    if (isProduct(node) && !split && inner.shape.length === 1) {
      // Products, several of them in one round of the loop and the rest one by one.
      const rest = length % UNROLLED;
      const product = node.inputs.map(leaf => load(leaf, ['k'])).join(' * ');
      const takeAt = (k: string) => kernel.line(take(product.replaceAll(/\bk\b/g, k)));
      kernel.line(`for (let k = 0; k < ${kernel.integer(length - rest)}; k += ${UNROLLED}) {`);
      for (let step = 0; step < UNROLLED; step++) takeAt(`(k + ${step})`);
      // gpu.js wants another name in another loop.
      kernel.line(`}\nfor (let r = 0; r < ${kernel.integer(rest)}; r++) {`);
      takeAt(`(r + ${kernel.integer(length - rest)})`);
      kernel.line('}');
    } else {
      kernel.line(`for (let k = 0; k < ${kernel.integer(chunk)}; k++) {`);
      const index = split ? `(${kernel.variable(`${first}k`)} | 0)` : 'k';
      if (split) kernel.line(`if (${index} < ${kernel.integer(length)}) {`);
      const within = inner.shape.length ? kernel.coordinates(index, inner.shape) : [];
      kernel.line(take(write(kernel, node, leaf => load(leaf, within))));
      kernel.line(split ? '} }' : '}');
    }
    const slot = this.kernel(kernel.finish(total), outputs * chunks);
    const kept = node.shape.filter((_, axis) => !axes.includes(axis));
    if (!split) return viewOf(slot, dense(kept));
    const rest = this.reduce(op, viewOf(slot, dense([outputs, chunks])), [1]);
    return viewOf(rest.slot, dense(kept));
  }

  #mapOnHost(op: string, nodes: readonly Node[], shape: readonly number[], dtype: DType): ViewNode {
    const inputs = nodes.map(node => (node.kind === 'number' ? node.value : this.view(node)));
    const views = inputs.filter(input => typeof input !== 'number');
    const slot = this.onHost(
      views.map(view => view.slot),
      dtype,
      elementCount(shape),
      arrays => {
        let next = 0;
        const operands = inputs.map(
          (input): HostInput => (typeof input === 'number' ? input : { data: arrays[next++]!, view: input }),
        );
        const result = hostElementwise(op, operands, shape, dtype);
        if (!result) throw new GpuError(`"${op}" is not defined on ${dtype}.`);
        return result;
      },
    );
    return viewOf(slot, dense(shape));
  }
}

/** The slots that a value is read from. */
const leaves = (node: Node): ViewNode[] =>
  node.kind === 'view' ? [node] : node.kind === 'map' ? node.inputs.flatMap(leaves) : [];

const allOnHost = (nodes: readonly Node[]): boolean => {
  const read = nodes.filter(node => node.kind !== 'number');
  return read.length > 0 && read.every(node => node.kind === 'view' && node.slot.onHost);
};

/** A product of two values that lie in slots, as in a matrix product. */
const isProduct = (node: Node): node is Omit<MapNode, 'inputs'> & { readonly inputs: readonly ViewNode[] } =>
  node.kind === 'map' && node.op === 'mul' && node.inputs.every(({ kind }) => kind === 'view');

/** Writes the operations of a node and returns the expression of its result; each slot is read once. */
const write = (kernel: KernelSource, node: Node, load: (leaf: ViewNode) => string): string => {
  const loaded = new Map<ViewNode, string>();
  const visit = (part: Node): string => {
    if (part.kind === 'number') return kernel.float(part.value);
    if (part.kind === 'map') {
      const inputs = part.inputs.map(visit);
      return kernel.variable(elementwise[part.op]!(inputs, kernel));
    }
    const known = loaded.get(part);
    if (known) return known;
    const name = kernel.variable(load(part));
    loaded.set(part, name);
    return name;
  };
  return visit(node);
};
