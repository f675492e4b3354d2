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

/** Device tensor of a host, by its id. */
export class OrtDeviceTensor implements DeviceTensor {
  private constructor(
    readonly queue: CallQueue,
    readonly id: number,
    readonly dtype: DType,
    readonly shape: readonly number[],
  ) {}

  static async upload(queue: CallQueue, tensor: Tensor): Promise<OrtDeviceTensor> {
    const copy = copyTensor(tensor);
    const id = await queue.call('upload', [copy], [copy.data.buffer]);
    return new OrtDeviceTensor(queue, id, tensor.dtype, [...tensor.shape]);
  }

  static async allocateZeros(queue: CallQueue, shape: readonly number[]): Promise<OrtDeviceTensor> {
    return new OrtDeviceTensor(queue, await queue.call('allocateZeros', [shape]), 'float32', [...shape]);
  }

  // Other engines hold numbers of other types in their own ways, and an empty tensor has no buffer.
  get memory(): DeviceMemory | undefined {
    const { gpuDevice } = this.queue;
    if (gpuDevice === undefined || this.dtype !== 'float32' || elementCount(this.shape) === 0)
      return undefined;
    return {
      device: gpuDevice,
      lend: () => this.queue.call('lend', [this.id]),
      adopt: (borrowed: BorrowedBuffer) => this.queue.call('adopt', [this.id, borrowed, this.shape]),
    };
  }

  read(): Promise<Tensor> {
    return this.queue.call('read', [this.id]);
  }

  async write(tensor: Tensor): Promise<void> {
    if (tensor.dtype !== this.dtype || `${tensor.shape}` !== `${this.shape}`) {
      throw new GraphError(
        `A ${tensor.dtype} tensor of shape [${tensor.shape.join(', ')}] does not fit into a device tensor of ${this.dtype} [${this.shape.join(', ')}].`,
      );
    }
    const copy = copyTensor(tensor);
    await this.queue.call('write', [this.id, copy], [copy.data.buffer]);
  }

  dispose(): Promise<void> {
    return this.queue.call('disposeTensor', [this.id]);
  }
}
