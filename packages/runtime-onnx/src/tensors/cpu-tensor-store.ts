import type { Tensor } from '@charter/tensor';
import type { TensorSliceRef } from '../host/host-calls.js';
import type { Ort, OrtTensor } from '../host/ort.js';
import { fromOrt, toOrt } from './ort-tensor.js';
import type { TensorStore } from './tensor-store.js';
import { writeSlice } from './write-slice.js';

/** Tensors in main memory, from which every provider takes its feeds and where it leaves its outputs. */
export class CpuTensorStore implements TensorStore {
  readonly keepsOutputs = false;
  readonly #tensors = new Map<number, Tensor>();

  constructor(private readonly ort: Ort) {}

  upload(id: number, tensor: Tensor): void {
    this.#tensors.set(id, tensor);
  }

  feed(id: number): OrtTensor {
    return toOrt(this.ort, this.#tensor(id));
  }

  read(id: number): Tensor {
    const { dtype, shape, data } = this.#tensor(id);
    return { dtype, shape, data: data.slice() };
  }

  // The binding gives every output a buffer of its own, so the output replaces the old tensor without a copy.
  replace(id: number, output: OrtTensor): void {
    this.#tensors.set(id, fromOrt(output));
  }

  writeSlice(slice: TensorSliceRef, output: OrtTensor): void {
    writeSlice(this.#tensor(slice.tensor), fromOrt(output), slice);
  }

  lend(): never {
    throw noBuffers();
  }

  adopt(): never {
    throw noBuffers();
  }

  dispose(id: number): void {
    this.#tensors.delete(id);
  }

  close(): void {
    this.#tensors.clear();
  }

  #tensor(id: number): Tensor {
    const tensor = this.#tensors.get(id);
    if (!tensor) throw new Error('A device tensor is used after it was disposed.');
    return tensor;
  }
}

const noBuffers = (): Error => new Error('Tensors in main memory have no buffers on a WebGPU device.');
