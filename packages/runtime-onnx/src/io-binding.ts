import {
  type BorrowedBuffer,
  borrowTensor,
  type Destination,
  type DeviceTensor,
  type Feed,
  foreignSlice,
  memoryOnDevice,
  type Tensor,
} from '@charter/tensor';
import type { CallQueue } from './host/call-queue.js';
import type { Channel } from './host/channel.js';
import type { TensorRef, TensorSliceRef } from './host/host-calls.js';
import { copyTensor } from './tensors/copy-tensor.js';
import { OrtDeviceTensor } from './tensors/ort-device-tensor.js';

/** Feed that lives in another runtime, and the buffer or copy that is fed for it. */
interface Borrowed {
  readonly name: string;
  readonly shape: readonly number[];
  readonly from: Promise<BorrowedBuffer | Tensor>;
}

/** Output that goes into another runtime's tensor. */
interface Foreign {
  readonly name: string;
  readonly target: DeviceTensor;
}

/** Inputs and outputs of one run, each bound to its tensor. */
export class IoBinding {
  readonly #feeds: Record<string, Tensor | TensorRef> = {};
  readonly #into: Record<string, TensorRef | TensorSliceRef> = {};
  readonly #transfer: ArrayBuffer[] = [];
  readonly #host: { readonly name: string; readonly target: Tensor }[] = [];
  readonly #borrowed: Borrowed[] = [];
  readonly #foreign: Foreign[] = [];

  constructor(
    private readonly queue: CallQueue,
    private readonly program: number,
  ) {}

  bindInput(name: string, feed: Feed): void {
    if ('data' in feed) {
      const copy = copyTensor(feed);
      this.#transfer.push(copy.data.buffer);
      this.#feeds[name] = copy;
    } else if (this.#owns(feed)) this.#feeds[name] = { tensor: feed.id };
    else {
      const from = borrowTensor(feed, this.queue.gpuDevice);
      // A failure is the run's, once it waits for this.
      from.catch(() => {});
      this.#borrowed.push({ name, shape: feed.shape, from });
    }
  }

  /** @throws {GraphError} when the output goes into a slice of another runtime's tensor */
  bindOutput(name: string, target: Destination): void {
    if ('tensor' in target) {
      const { tensor, axis, start, count } = target;
      if (!this.#owns(tensor)) throw foreignSlice(name);
      this.#into[name] = { tensor: tensor.id, axis, start, count };
    } else if ('data' in target) this.#host.push({ name, target });
    else if (this.#owns(target)) this.#into[name] = { tensor: target.id };
    else this.#foreign.push({ name, target });
  }

  /** @returns the outputs that go nowhere else */
  async run(): Promise<Record<string, Tensor>> {
    const ownTensorsOnly = this.#borrowed.length === 0 && this.#foreign.length === 0;
    const results = await (ownTensorsOnly
      ? this.#send(this.queue)
      : this.queue.exclusively(channel => this.#exchange(channel)));
    for (const { name, target } of this.#host) {
      target.data.set((results[name] as Tensor).data);
      delete results[name];
    }
    // In the other runtime's turn, not in this one's: two runtimes may write to each other.
    for (const { name, target } of this.#foreign) {
      const output = results[name]!;
      if ('data' in output) await target.write(output);
      else await target.memory!.adopt(output);
      delete results[name];
    }
    return results as Record<string, Tensor>;
  }

  #send(channel: Channel): Promise<Record<string, Tensor | BorrowedBuffer>> {
    const request = { program: this.program, feeds: this.#feeds, into: this.#into };
    return channel.call('run', [request], this.#transfer);
  }

  /** Runs with borrowed or copied feeds, and lends outputs where the runtimes share a device. */
  async #exchange(channel: Channel): Promise<Record<string, Tensor | BorrowedBuffer>> {
    const temporary: number[] = [];
    const reserve = async () => {
      const tensor = await channel.call('reserveTensor', []);
      temporary.push(tensor);
      return tensor;
    };
    try {
      for (const { name, shape, from } of this.#borrowed) {
        const borrowed = await from;
        if ('data' in borrowed) {
          this.#transfer.push(borrowed.data.buffer as ArrayBuffer);
          this.#feeds[name] = borrowed;
          continue;
        }
        const tensor = await reserve();
        await channel.call('adopt', [tensor, borrowed, shape]);
        this.#feeds[name] = { tensor };
      }
      const shared: { readonly name: string; readonly tensor: number }[] = [];
      for (const { name, target } of this.#foreign) {
        if (!memoryOnDevice(target, this.queue.gpuDevice)) continue;
        const tensor = await reserve();
        this.#into[name] = { tensor };
        shared.push({ name, tensor });
      }
      const results = await this.#send(channel);
      for (const { name, tensor } of shared) results[name] = await channel.call('lend', [tensor]);
      return results;
    } finally {
      for (const tensor of temporary) await channel.call('disposeTensor', [tensor]);
    }
  }

  #owns(tensor: DeviceTensor): tensor is OrtDeviceTensor {
    return tensor instanceof OrtDeviceTensor && tensor.queue === this.queue;
  }
}
