import type { DeviceMemory } from './device-memory.js';
import type { Graph } from './graph.js';
import type { QuantizedMatrix } from './quantized-matrix.js';
import type { DType, StoredTensor, Tensor } from './tensor.js';

/** A frozen weight in any form that a program reads. */
export type FrozenWeight = StoredTensor | QuantizedMatrix;

/** An engine: compiles graphs into programs and keeps tensors where they run. */
export interface Runtime {
  /** Engine and device, such as `onnx-cpu`. */
  readonly name: string;
  /** Threads of one operation, where they are a choice: another number orders sums otherwise, and rounds otherwise. */
  readonly threads?: number | undefined;
  /** WebGPU `GPUDevice` that it computes on, if other engines of the page can use it too. */
  readonly device?: object | undefined;
  /**
   * Compiles what the graph's outputs need. Slow (seconds for a deep model): keep the program.
   * @throws {GraphError} when a weight is missing or has another shape
   */
  compile(graph: Graph, options?: CompileOptions): Promise<Program>;
  /** Copies a tensor to where programs run; it stays until it is disposed. */
  upload(tensor: Tensor): Promise<DeviceTensor>;
  /** A float32 device tensor of zeros, made where it stays: nothing is copied. */
  allocateZeros(shape: readonly number[]): Promise<DeviceTensor>;
  /** Ends the engine with all its programs and device tensors. */
  dispose(): Promise<void>;
}

export interface CompileOptions {
  /** Frozen weights by name. */
  readonly weights?: ReadonlyMap<string, FrozenWeight> | undefined;
  /**
   * Precision of the activations that a quantized weight multiplies: `int8` lets an engine round them, for its fastest
   * kernels; `float32` leaves them, so that a loss and its gradients are those of the dequantized weight. Default int8.
   */
  readonly activations?: 'int8' | 'float32' | undefined;
  /**
   * Saves memory at the cost of speed, for many programs that are held and run in turn: weights are not prepacked, and
   * no memory is kept between runs. Default false.
   */
  readonly lowMemory?: boolean | undefined;
}

export interface Program {
  /**
   * Runs once. Outputs named in `into` are written there, the others are returned. A tensor may be fed and be a
   * destination in the same run: it is read before it is written.
   *
   * Device tensors of other runtimes are fed and filled as well: over one WebGPU device without a copy, else by way of
   * the host. Each runtime keeps its own order, so await a run before another runtime reads what it writes.
   * @throws {GraphError} when a feed is missing, unknown or does not fit its shape
   */
  run(
    feeds: Readonly<Record<string, Feed>>,
    into?: Readonly<Record<string, Destination>>,
  ): Promise<Record<string, Tensor>>;
  dispose(): Promise<void>;
}

/** A tensor that lives where programs run: parameters, optimizer state, caches. */
export interface DeviceTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Copies it to the host. */
  read(): Promise<Tensor>;
  /** Replaces its contents; shape and dtype must be equal. */
  write(tensor: Tensor): Promise<void>;
  dispose(): Promise<void>;
  /** Set where other engines may share its memory. */
  readonly memory?: DeviceMemory | undefined;
}

/**
 * A slice of a device tensor that one output of a run fills, row by row: output `[rows, …, time, …]` lands in
 * `tensor[row, …, start[row] + t, …]` for `t < count[row]`, with `time` at `axis`. This is how a key-value cache
 * grows without ever being an output itself.
 */
export interface TensorSlice {
  readonly tensor: DeviceTensor;
  readonly axis: number;
  readonly start: Int32Array;
  readonly count: Int32Array;
}

export type Feed = Tensor | DeviceTensor;
/** A host tensor is filled in place; a device tensor or a slice of one is never copied to the host. */
export type Destination = Tensor | DeviceTensor | TensorSlice;
