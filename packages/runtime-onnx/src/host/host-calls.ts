import type { BorrowedBuffer, Tensor } from '@charter/tensor';
import type { OnnxModel } from '../lowering/lower-graph.js';

/** A tensor that lives in the worker, by its number. */
export interface TensorRef {
  readonly placed: number;
}

/** A part of a placed tensor, as `TensorSlice` of @charter/tensor has it. */
export interface TensorSliceRef extends TensorRef {
  readonly axis: number;
  readonly start: Int32Array;
  readonly count: Int32Array;
}

export interface SessionSettings {
  readonly threads: number | undefined;
  /** Whether matrices are copied into the order that the processor likes, once for each direction of use. */
  readonly prepack: boolean;
  /** Whether memory of a run is kept for the next. */
  readonly arena: boolean;
  /** Prefix of the files into which ONNX Runtime writes how long each operator took. */
  readonly profile: string | undefined;
}

export interface RunRequest {
  readonly session: number;
  readonly feeds: Readonly<Record<string, Tensor | TensorRef>>;
  readonly into: Readonly<Record<string, TensorRef | TensorSliceRef>>;
}

/** What the engine in the worker can be asked for: arguments and answers. Sessions and tensors are numbers. */
export interface HostCalls {
  compile(program: OnnxModel, settings: SessionSettings): number;
  place(tensor: Tensor): number;
  placeZeros(shape: readonly number[]): number;
  read(tensor: number): Tensor;
  write(tensor: number, value: Tensor): void;
  /** Returns the outputs that `into` does not name. */
  run(request: RunRequest): Record<string, Tensor>;
  /** The number of a tensor that is yet to come. */
  reserve(): number;
  /** Lends a tensor's buffer; as `adopt` only of an engine in the same thread. */
  lend(tensor: number): BorrowedBuffer;
  /** Makes a buffer that another engine lends the contents of a tensor. */
  adopt(tensor: number, lent: BorrowedBuffer, shape: readonly number[]): void;
  release(session: number): void;
  forget(tensor: number): void;
  /** Releases everything. */
  end(): void;
}

export type CallName = keyof HostCalls;

export interface CallMessage {
  readonly id: number;
  readonly name: CallName;
  readonly args: readonly unknown[];
}

export type AnswerMessage =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string };
