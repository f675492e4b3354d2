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

/** A feed that lives in another runtime, and what is fed in its place. */
interface Borrowed {
  readonly name: string;
  readonly shape: readonly number[];
  readonly from: Promise<BorrowedBuffer | Tensor>;
}

/** An output that goes into another runtime's tensor. */
interface Foreign {
  readonly name: string;
  readonly target: DeviceTensor;
}

/** A run while its request is put together: where each feed comes from and where each output goes. */
export class IoBinding {
  readonly #feeds: Record<string, Tensor | TensorRef> = {};
  readonly #into: Record<string, TensorRef | TensorSliceRef> = {};
  readonly #transfer: ArrayBuffer[] = [];
  readonly #host: { readonly name: string; readonly target: Tensor }[] = [];
  readonly #borrowed: Borrowed[] = [];
  readonly #foreign: Foreign[] = [];

  constructor(
    private readonly engine: CallQueue,
    private readonly session: number,
  ) {}

  bindInput(name: string, feed: Feed): void {
    if ('data' in feed) {
      const copy = copyTensor(feed);
      this.#transfer.push(copy.data.buffer);
      this.#feeds[name] = copy;
    } else if (this.#owns(feed)) this.#feeds[name] = { placed: feed.number };
    else {
      const from = borrowTensor(feed, this.engine.gpuDevice);
      // A failure is the run's, once it waits for this.
      from.catch(() => {});
      this.#borrowed.push({ name, shape: feed.shape, from });
    }
  }

  /** @throws {GraphError} when the output goes into a window of another runtime's tensor */
  bindOutput(name: string, target: Destination): void {
    if ('tensor' in target) {
      const { tensor, axis, start, count } = target;
      if (!this.#owns(tensor)) throw foreignSlice(name);
      this.#into[name] = { placed: tensor.number, axis, start, count };
    } else if ('data' in target) this.#host.push({ name, target });
    else if (this.#owns(target)) this.#into[name] = { placed: target.number };
    else this.#foreign.push({ name, target });
  }

  /** @returns the outputs that go nowhere else */
  async run(): Promise<Record<string, Tensor>> {
    const alone = this.#borrowed.length === 0 && this.#foreign.length === 0;
    const results = await (alone
      ? this.#send(this.engine)
      : this.engine.together(calls => this.#exchange(calls)));
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

  #send(calls: Channel): Promise<Record<string, Tensor | BorrowedBuffer>> {
    const request = { session: this.session, feeds: this.#feeds, into: this.#into };
    return calls.call('run', [request], this.#transfer);
  }

  /** Runs with tensors of its own in place of those of other runtimes, where they share a device. */
  async #exchange(calls: Channel): Promise<Record<string, Tensor | BorrowedBuffer>> {
    const numbers: number[] = [];
    const reserve = async () => {
      const number = await calls.call('reserve', []);
      numbers.push(number);
      return number;
    };
    try {
      for (const { name, shape, from } of this.#borrowed) {
        const lent = await from;
        if ('data' in lent) {
          this.#transfer.push(lent.data.buffer as ArrayBuffer);
          this.#feeds[name] = lent;
          continue;
        }
        const placed = await reserve();
        await calls.call('adopt', [placed, lent, shape]);
        this.#feeds[name] = { placed };
      }
      const shared: { readonly name: string; readonly placed: number }[] = [];
      for (const { name, target } of this.#foreign) {
        if (!memoryOnDevice(target, this.engine.gpuDevice)) continue;
        const placed = await reserve();
        this.#into[name] = { placed };
        shared.push({ name, placed });
      }
      const results = await this.#send(calls);
      for (const { name, placed } of shared) results[name] = await calls.call('lend', [placed]);
      return results;
    } finally {
      for (const number of numbers) await calls.call('forget', [number]);
    }
  }

  #owns(tensor: DeviceTensor): tensor is OrtDeviceTensor {
    return tensor instanceof OrtDeviceTensor && tensor.engine === this.engine;
  }
}
