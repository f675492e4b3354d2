import type { Tensor } from '@charter/tensor';
import type { TensorSliceRef } from '../host/host-calls.js';
import type { Ort, OrtTensor } from '../host/ort.js';
import { fromOrt, toOrt } from './ort-tensor.js';
import type { TensorStore } from './tensor-store.js';
import { writeSlice } from './write-slice.js';

/** Keeps tensors in the memory of the processor, where every provider takes its feeds from and leaves its outputs. */
export class CpuTensorStore implements TensorStore {
  readonly keepsOutputs = false;
  readonly #tensors = new Map<number, Tensor>();

  constructor(private readonly ort: Ort) {}

  place(number: number, tensor: Tensor): void {
    this.#tensors.set(number, tensor);
  }

  feed(number: number): OrtTensor {
    return toOrt(this.ort, this.#tensor(number));
  }

  /** A copy: the tensor itself stays. */
  read(number: number): Tensor {
    const { dtype, shape, data } = this.#tensor(number);
    return { dtype, shape, data: data.slice() };
  }

  // The binding gives every output a buffer of its own, so it can take the place of the old one uncopied.
  replace(number: number, output: OrtTensor): void {
    this.#tensors.set(number, fromOrt(output));
  }

  fill(window: TensorSliceRef, output: OrtTensor): void {
    writeSlice(this.#tensor(window.placed), fromOrt(output), window);
  }

  lend(): never {
    throw noBuffers();
  }

  adopt(): never {
    throw noBuffers();
  }

  forget(number: number): void {
    this.#tensors.delete(number);
  }

  end(): void {
    this.#tensors.clear();
  }

  #tensor(number: number): Tensor {
    const tensor = this.#tensors.get(number);
    if (!tensor) throw new Error('A device tensor is used after it was disposed.');
    return tensor;
  }
}

const noBuffers = (): Error => new Error('Tensors on the host have no buffers on a WebGPU device.');
