import type { BorrowedBuffer, Tensor } from '@charter/tensor';
import type { TensorSliceRef } from '../host/host-calls.js';
import type { OrtTensor } from '../host/ort.js';

type Now<T> = T | Promise<T>;

/** Keeps the device tensors of an engine, by number, wherever that is. */
export interface TensorStore {
  /** Whether it takes outputs that have not come to the host. */
  readonly keepsOutputs: boolean;
  /** Puts a tensor there, in place of the one with the same number. */
  place(number: number, tensor: Tensor): Now<void>;
  /** The tensor as a run takes it; it stays the store's. */
  feed(number: number): OrtTensor;
  /** A copy on the host. */
  read(number: number): Now<Tensor>;
  /** Takes an output over, in place of the tensor with this number. */
  replace(number: number, output: OrtTensor): void;
  /** Copies an output into a part of a tensor, and is done with the output. */
  fill(window: TensorSliceRef, output: OrtTensor): Now<void>;
  /** Lends a tensor's buffer on the card to another engine. */
  lend(number: number): BorrowedBuffer;
  /** Takes a float32 buffer of another engine on the card over, in place of the tensor with this number. */
  adopt(number: number, lent: BorrowedBuffer, shape: readonly number[]): void;
  forget(number: number): void;
  end(): Now<void>;
}
