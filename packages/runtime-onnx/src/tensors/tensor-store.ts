import type { BorrowedBuffer, Tensor } from '@charter/tensor';
import type { TensorSliceRef } from '../host/host-calls.js';
import type { OrtTensor } from '../host/ort.js';

type Awaitable<T> = T | Promise<T>;

/** Device tensors of a host, by id. */
export interface TensorStore {
  /** True when outputs that stay on the device are stored without a copy to the host. */
  readonly keepsOutputs: boolean;
  /** Stores a tensor, in place of the one with the same id. */
  upload(id: number, tensor: Tensor): Awaitable<void>;
  /** The tensor as a feed of a run; the store keeps it. */
  feed(id: number): OrtTensor;
  /** Copy on the host. */
  read(id: number): Awaitable<Tensor>;
  /** Stores the output of a run, in place of the tensor with this id. */
  replace(id: number, output: OrtTensor): void;
  /** Copies the output of a run into a slice of a tensor and frees the output. */
  writeSlice(slice: TensorSliceRef, output: OrtTensor): Awaitable<void>;
  /** Lends a tensor's WebGPU buffer to another engine. */
  lend(id: number): BorrowedBuffer;
  /** Stores a float32 WebGPU buffer of another engine, in place of the tensor with this id. */
  adopt(id: number, borrowed: BorrowedBuffer, shape: readonly number[]): void;
  dispose(id: number): void;
  close(): Awaitable<void>;
}
