import type { BorrowedBuffer, Tensor } from '@charter/tensor';
import type { OnnxModel } from '../lowering/lower-graph.js';

/** A device tensor of the host, by its id. */
export interface TensorRef {
  readonly tensor: number;
}

/** Slice of a device tensor, as `TensorSlice` of @charter/tensor. */
export interface TensorSliceRef extends TensorRef {
  readonly axis: number;
  readonly start: Int32Array;
  readonly count: Int32Array;
}

export interface SessionSettings {
  readonly threads: number | undefined;
  /** Copy matrices into the layout of the processor's kernels, once for each orientation in use. */
  readonly prepack: boolean;
  /** Keep the memory of a run for the next one. */
  readonly arena: boolean;
  /** Prefix of ONNX Runtime's profile files; undefined profiles nothing. */
  readonly profile: string | undefined;
}

export interface RunRequest {
  readonly program: number;
  readonly feeds: Readonly<Record<string, Tensor | TensorRef>>;
  readonly into: Readonly<Record<string, TensorRef | TensorSliceRef>>;
}

/** Calls that a host answers: arguments and results. Programs and tensors are ids. */
export interface HostCalls {
  compile(model: OnnxModel, settings: SessionSettings): number;
  disposeProgram(program: number): void;
  /** Returns the outputs that `into` does not name. */
  run(request: RunRequest): Record<string, Tensor>;
  upload(tensor: Tensor): number;
  allocateZeros(shape: readonly number[]): number;
  read(tensor: number): Tensor;
  write(tensor: number, value: Tensor): void;
  /** Id of a tensor whose contents come later. */
  reserveTensor(): number;
  /** Lends a tensor's buffer. Like `adopt`, only for a host in the same thread. */
  lend(tensor: number): BorrowedBuffer;
  /** Makes a borrowed buffer the contents of a tensor. */
  adopt(tensor: number, borrowed: BorrowedBuffer, shape: readonly number[]): void;
  disposeTensor(tensor: number): void;
  /** Disposes of every program and tensor. */
  close(): void;
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
