import {
  type BorrowedBuffer,
  type DeviceMemory,
  type DeviceTensor,
  type DType,
  elementCount,
  GraphError,
  type Tensor,
} from '@charter/tensor';
import { Buffer } from '../device/buffer.js';
import type { Engine } from '../device/engine.js';

/** A tensor that stays where kernels run. */
export class GpuTensor implements DeviceTensor {
  #buffer: Buffer | undefined;

  private constructor(
    readonly engine: Engine,
    readonly dtype: DType,
    readonly shape: readonly number[],
  ) {}

  static async upload(engine: Engine, { dtype, shape, data }: Tensor): Promise<GpuTensor> {
    const tensor = new GpuTensor(engine, dtype, [...shape]);
    await tensor.#put(data);
    return tensor;
  }

  /** Its buffer; belongs to the tensor. */
  get buffer(): Buffer {
    if (!this.#buffer) throw new GraphError('A device tensor is used after it was disposed.');
    return this.#buffer;
  }

  /** int32 is on the host, and kernels have conditions as float32: neither is what another engine expects. */
  get memory(): DeviceMemory | undefined {
    const { device } = this.engine;
    const size = elementCount(this.shape);
    if (device.gpuDevice === undefined || this.dtype !== 'float32' || size === 0) return undefined;
    return {
      device: device.gpuDevice,
      lend: () => this.engine.exclusively(() => this.buffer.lend()),
      adopt: (lent: BorrowedBuffer) =>
        this.engine.exclusively(() => this.replace(Buffer.ofLent(device, lent, size))),
    };
  }

  /** Takes over a buffer. Runs only inside `engine.exclusively`. */
  async replace(buffer: Buffer): Promise<void> {
    const old = this.#buffer;
    this.#buffer = buffer;
    await old?.release();
  }

  read(): Promise<Tensor> {
    return this.engine.exclusively(async () => {
      const data = await this.buffer.data(this.dtype);
      return { dtype: this.dtype, shape: this.shape, data: data.slice() };
    });
  }

  async write(tensor: Tensor): Promise<void> {
    if (tensor.dtype !== this.dtype || `${tensor.shape}` !== `${this.shape}`) {
      throw new GraphError(
        `A ${tensor.dtype} tensor of shape [${tensor.shape.join(', ')}] does not fit into a device tensor of ${this.dtype} [${this.shape.join(', ')}].`,
      );
    }
    await this.#put(tensor.data);
  }

  dispose(): Promise<void> {
    return this.engine.exclusively(async () => {
      await this.#buffer?.release();
      this.#buffer = undefined;
    });
  }

  #put(data: Tensor['data']): Promise<void> {
    const copy = data.slice();
    return this.engine.exclusively(async () => {
      // int32 stays on the host, where it is exact; the rest goes to the device at once and leaves the host.
      const { device } = this.engine;
      await this.replace(
        this.dtype === 'int32'
          ? Buffer.ofHost(device, copy)
          : Buffer.ofDevice(device, await device.upload(Float32Array.from(copy))),
      );
    });
  }
}
