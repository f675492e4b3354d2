import { type DeviceTensor, type DType, GraphError, type Tensor } from '@charter/tensor';
import { copyOf } from './copy-of.js';
import type { EngineCaller } from './engine-caller.js';

/** A tensor in the engine's thread. */
export class PlacedTensor implements DeviceTensor {
  private constructor(
    readonly engine: EngineCaller,
    readonly number: number,
    readonly dtype: DType,
    readonly shape: readonly number[],
  ) {}

  static async place(engine: EngineCaller, tensor: Tensor): Promise<PlacedTensor> {
    const copy = copyOf(tensor);
    const number = await engine.call('place', [copy], [copy.data.buffer]);
    return new PlacedTensor(engine, number, tensor.dtype, [...tensor.shape]);
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
