import {
  type BorrowedBuffer,
  type DeviceMemory,
  type DeviceTensor,
  type DType,
  elementCount,
  GraphError,
  type Tensor,
} from '@charter/tensor';
import type { CallQueue } from '../host/call-queue.js';
import { copyTensor } from './copy-tensor.js';

/** A tensor in the engine's thread. */
export class OrtDeviceTensor implements DeviceTensor {
  private constructor(
    readonly engine: CallQueue,
    readonly number: number,
    readonly dtype: DType,
    readonly shape: readonly number[],
  ) {}

  static async place(engine: CallQueue, tensor: Tensor): Promise<OrtDeviceTensor> {
    const copy = copyTensor(tensor);
    const number = await engine.call('place', [copy], [copy.data.buffer]);
    return new OrtDeviceTensor(engine, number, tensor.dtype, [...tensor.shape]);
  }

  static async placeZeros(engine: CallQueue, shape: readonly number[]): Promise<OrtDeviceTensor> {
    return new OrtDeviceTensor(engine, await engine.call('placeZeros', [shape]), 'float32', [...shape]);
  }

  // Other engines hold numbers of other types in their own ways, and an empty tensor has no buffer.
  get memory(): DeviceMemory | undefined {
    const { gpuDevice } = this.engine;
    if (gpuDevice === undefined || this.dtype !== 'float32' || elementCount(this.shape) === 0)
      return undefined;
    return {
      device: gpuDevice,
      lend: () => this.engine.call('lend', [this.number]),
      adopt: (lent: BorrowedBuffer) => this.engine.call('adopt', [this.number, lent, this.shape]),
    };
  }

  read(): Promise<Tensor> {
    return this.engine.call('read', [this.number]);
  }

  async write(tensor: Tensor): Promise<void> {
    if (tensor.dtype !== this.dtype || `${tensor.shape}` !== `${this.shape}`) {
      throw new GraphError(
        `A ${tensor.dtype} tensor of shape [${tensor.shape.join(', ')}] does not fit into a device tensor of ${this.dtype} [${this.shape.join(', ')}].`,
      );
    }
    const copy = copyTensor(tensor);
    await this.engine.call('write', [this.number, copy], [copy.data.buffer]);
  }

  dispose(): Promise<void> {
    return this.engine.call('forget', [this.number]);
  }
}
