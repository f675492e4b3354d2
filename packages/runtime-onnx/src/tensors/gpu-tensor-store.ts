import {
  type BorrowedBuffer,
  type DType,
  elementCount,
  Graph,
  gather,
  int32,
  reshape,
  type Tensor,
} from '@charter/tensor';
import type { TensorSliceRef } from '../host/host-calls.js';
import type { Ort, OrtSession, OrtTensor } from '../host/ort.js';
import { lowerGraph } from '../lowering/lower-graph.js';
import { writeRows } from '../lowering/write-rows.js';
import { fromOrt, toOrt } from './ort-tensor.js';
import type { TensorStore } from './tensor-store.js';

/** Memory in which a session leaves its output. */
type Location = 'cpu' | 'gpu-buffer';

/**
 * Tensors in GPU memory. ONNX Runtime offers no copies to and from there, and its Node binding aborts the process when
 * a GPU tensor is read. So a copy is a program that returns its input: it uploads or downloads by the location of its
 * output.
 */
export class GpuTensorStore implements TensorStore {
  readonly keepsOutputs = true;
  readonly #tensors = new Map<number, OrtTensor>();
  /** Number of borrowers of a tensor, which may be replaced or disposed of meanwhile. */
  readonly #borrowers = new Map<OrtTensor, number>();
  readonly #sessions = new Map<string, Promise<OrtSession>>();

  constructor(
    private readonly ort: Ort,
    private readonly open: (model: Uint8Array, location: Location) => Promise<OrtSession>,
  ) {}

  async upload(id: number, tensor: Tensor): Promise<void> {
    const host = toOrt(this.ort, tensor);
    // An empty tensor has no GPU buffer.
    this.replace(id, host.size === 0 ? host : await this.#copy(host, 'gpu-buffer'));
  }

  feed(id: number): OrtTensor {
    const tensor = this.#tensors.get(id);
    if (!tensor) throw new Error('A device tensor is used after it was disposed.');
    return tensor;
  }

  async read(id: number): Promise<Tensor> {
    const tensor = this.feed(id);
    return fromOrt(tensor.location === 'cpu' ? tensor : await this.#copy(tensor, 'cpu'));
  }

  replace(id: number, output: OrtTensor): void {
    const old = this.#tensors.get(id);
    this.#tensors.set(id, output);
    if (old && old !== output) this.#free(old);
  }

  lend(id: number): BorrowedBuffer {
    const tensor = this.feed(id);
    this.#borrowers.set(tensor, (this.#borrowers.get(tensor) ?? 0) + 1);
    return { buffer: tensor.gpuBuffer, release: () => this.#returnBuffer(tensor) };
  }

  adopt(id: number, { buffer, release }: BorrowedBuffer, shape: readonly number[]): void {
    const tensor = this.ort.Tensor.fromGpuBuffer(buffer as never, {
      dataType: 'float32',
      dims: [...shape],
      dispose: () => void release(),
    });
    this.replace(id, tensor);
  }

  /** Buffers are never changed: the tensor gets a new one, made from the old one and the output. */
  async writeSlice({ tensor, axis, start, count }: TensorSliceRef, output: OrtTensor): Promise<void> {
    const target = this.feed(tensor);
    const [rows, time] = [output.dims[0]!, output.dims[axis]!];
    const [between, capacity] = [elementCount(output.dims.slice(1, axis)), target.dims[axis]!];
    const [from, to]: [number[], number[]] = [[], []];
    for (let row = 0; row < rows; row++) {
      for (let i = row * between; i < (row + 1) * between; i++) {
        for (let t = 0; t < count[row]!; t++) {
          from.push(i * time + t);
          to.push(i * capacity + start[row]! + t);
        }
      }
    }
    if (from.length > 0) {
      const session = await this.#sliceWriter(target.type as DType, target.dims.length, axis);
      const feeds = { target, output, from: toOrt(this.ort, int32(from)), to: toOrt(this.ort, int32(to)) };
      const { 'outputs/merged': merged } = await session.run(feeds);
      this.replace(tensor, merged!);
    }
    free(output);
  }

  dispose(id: number): void {
    const tensor = this.#tensors.get(id);
    this.#tensors.delete(id);
    if (tensor) this.#free(tensor);
  }

  async close(): Promise<void> {
    for (const id of [...this.#tensors.keys()]) this.dispose(id);
    for (const session of this.#sessions.values()) await (await session).release();
    this.#sessions.clear();
  }

  #free(tensor: OrtTensor): void {
    if (!this.#borrowers.has(tensor)) free(tensor);
  }

  #returnBuffer(tensor: OrtTensor): void {
    const borrowers = this.#borrowers.get(tensor)! - 1;
    if (borrowers > 0) {
      this.#borrowers.set(tensor, borrowers);
      return;
    }
    this.#borrowers.delete(tensor);
    if (![...this.#tensors.values()].includes(tensor)) free(tensor);
  }

  async #copy(tensor: OrtTensor, location: Location): Promise<OrtTensor> {
    const dtype = tensor.type as DType;
    const rank = tensor.dims.length;
    const session = await this.#session(`copy ${dtype} ${rank}`, location, graph => {
      graph.output('copy', graph.input('tensor', dtype, symbols('d', rank)));
    });
    return (await session.run({ tensor }))['outputs/copy']!;
  }

  /** Program that overwrites rows of one tensor with rows of another; a row is all that follows the axis. */
  #sliceWriter(dtype: DType, rank: number, axis: number): Promise<OrtSession> {
    return this.#session(`write slice ${dtype} ${rank} ${axis}`, 'gpu-buffer', graph => {
      const target = graph.input('target', dtype, symbols('d', rank));
      const output = graph.input('output', dtype, symbols('d', rank).with(axis, 'time'));
      const from = graph.input('from', 'int32', ['n']);
      const to = graph.input('to', 'int32', ['n']);
      const width = rank - axis - 1;
      const flat = (shape: readonly string[], tensor: typeof target) =>
        reshape(tensor, { shape: [shape.slice(0, axis + 1).join('*'), ...shape.slice(rank - width)] });
      const rows = flat(target.shape as string[], target);
      const fresh = gather(flat(output.shape as string[], output), from);
      const merged = writeRows(rows, fresh, to);
      graph.output('merged', reshape(merged, { shape: target.shape }));
    });
  }

  #session(purpose: string, location: Location, build: (graph: Graph) => void): Promise<OrtSession> {
    const key = `${purpose} to ${location}`;
    let session = this.#sessions.get(key);
    if (!session) {
      const graph = new Graph();
      build(graph);
      session = this.open(lowerGraph(graph, new Map(), { device: 'webgpu' }).model, location);
      this.#sessions.set(key, session);
    }
    return session;
  }
}

const symbols = (prefix: string, rank: number): string[] =>
  Array.from({ length: rank }, (_, i) => `${prefix}${i}`);

const free = (tensor: OrtTensor): void => {
  if (tensor.location !== 'cpu') tensor.dispose();
};
