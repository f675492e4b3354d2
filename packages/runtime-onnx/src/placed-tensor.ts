import {
  type BorrowedBuffer,
  type DeviceMemory,
  type DeviceTensor,
  type DType,
  elementCount,
  GraphError,
  type Tensor,
} from '@charter/tensor';
import { copyOf } from './copy-of.js';
import type { RuntimeEngine } from './runtime-engine.js';

/** A tensor in the engine's thread. */
export class PlacedTensor implements DeviceTensor {
  private constructor(
    readonly engine: RuntimeEngine,
    readonly number: number,
    readonly dtype: DType,
    readonly shape: readonly number[],
  ) {}

  static async place(engine: RuntimeEngine, tensor: Tensor): Promise<PlacedTensor> {
    const copy = copyOf(tensor);
    const number = await engine.call('place', [copy], [copy.data.buffer]);
    return new PlacedTensor(engine, number, tensor.dtype, [...tensor.shape]);
  }

  static async placeZeros(engine: RuntimeEngine, shape: readonly number[]): Promise<PlacedTensor> {
    return new PlacedTensor(engine, await engine.call('placeZeros', [shape]), 'float32', [...shape]);
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
    const copy = copyOf(tensor);
    await this.engine.call('write', [this.number, copy], [copy.data.buffer]);
  }

  dispose(): Promise<void> {
    return this.engine.call('forget', [this.number]);
  }
}
