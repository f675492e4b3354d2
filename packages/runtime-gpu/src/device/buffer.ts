import type { BorrowedBuffer, DType, TensorData } from '@charter/tensor';
import { type Device, type Handle, release } from './device.js';

/**
 * One flat buffer of numbers, on the host, on the device, or on both: it travels when the other side asks for it. Never
 * written after it was made, so that values may share it; counted, because device memory is not collected.
 */
export class Buffer {
  #uses = 1;
  #host: TensorData | undefined;
  #handle: Promise<Handle> | undefined;

  private constructor(
    private readonly device: Device,
    host: TensorData | undefined,
    handle: Promise<Handle> | undefined,
  ) {
    this.#host = host;
    this.#handle = handle;
  }

  /** @param data belongs to the buffer from now on */
  static ofHost(device: Device, data: TensorData): Buffer {
    return new Buffer(device, data, undefined);
  }

  static ofDevice(device: Device, handle: Handle): Buffer {
    return new Buffer(device, undefined, Promise.resolve(handle));
  }

  /** @param lent by another engine; given back with the last use */
  static ofLent(device: Device, lent: BorrowedBuffer, size: number): Buffer {
    return Buffer.ofDevice(device, device.borrow(lent, size));
  }

  /** Lends it to another engine on the same WebGPU device. */
  async lend(): Promise<BorrowedBuffer> {
    this.retain();
    return { buffer: this.device.bufferOf(await this.handle()), release: () => this.release() };
  }

  /** The numbers as float32 where kernels run. */
  handle(): Promise<Handle> {
    const host = this.#host;
    this.#handle ??= this.device.upload(host instanceof Float32Array ? host : Float32Array.from(host!));
    return this.#handle;
  }

  /** The numbers on the host; not to be written. */
  async data(dtype: DType): Promise<TensorData> {
    this.#host ??= await this.device.download(await this.#handle!);
    return convert(this.#host, dtype);
  }

  retain(): this {
    this.#uses++;
    return this;
  }

  async release(): Promise<void> {
    if (--this.#uses === 0 && this.#handle) release(await this.#handle);
  }
}

const convert = (data: TensorData, dtype: DType): TensorData => {
  if (dtype === 'float32') return data instanceof Float32Array ? data : Float32Array.from(data);
  if (dtype === 'int32') return data instanceof Int32Array ? data : Int32Array.from(data, Math.trunc);
  return data instanceof Uint8Array ? data : Uint8Array.from(data, x => (x === 0 ? 0 : 1));
};
