import { type FrozenWeight, GraphError, type StoredBytes } from '@charter/tensor';
import type { Lowering } from '../kernels/lowering-context.js';
import { readWeight } from '../tensors/read-weight.js';
import { Buffer } from './buffer.js';
import type { Device } from './device.js';

/** State shared by the programs and tensors of one runtime. */
export class Engine {
  #last: Promise<unknown> = Promise.resolve();
  #ended = false;
  /** Weights on the device by where they come from: programs over the same weights hold them once. */
  readonly #weights = new Map<unknown, { readonly buffer: Buffer; programs: number }>();

  constructor(
    readonly device: Device,
    readonly lowerings: ReadonlyMap<string, Lowering>,
  ) {}

  /** One call after the other, in the order in which they were made. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(() => {
      if (this.#ended) throw new GraphError('The runtime is used after it was disposed.');
      return work();
    });
    this.#last = result.catch(() => {});
    return result;
  }

  async weight(stored: FrozenWeight): Promise<Buffer> {
    const key = keyOf(stored);
    let held = this.#weights.get(key);
    if (!held) {
      const handle = await this.device.upload(await readWeight(stored));
      held = { buffer: Buffer.ofDevice(this.device, handle), programs: 0 };
      this.#weights.set(key, held);
    }
    held.programs++;
    return held.buffer;
  }

  async forgetWeight(stored: FrozenWeight): Promise<void> {
    const key = keyOf(stored);
    const held = this.#weights.get(key);
    if (!held || --held.programs > 0) return;
    this.#weights.delete(key);
    await held.buffer.release();
  }

  async end(): Promise<void> {
    if (this.#ended) return;
    await this.#last;
    this.#ended = true;
    await this.device.dispose();
  }
}

const keyOf = (stored: FrozenWeight): unknown => {
  const bytes: StoredBytes = 'scales' in stored ? stored.values : stored;
  return 'data' in bytes ? bytes.data : `${stored.dtype} ${bytes.offset} ${bytes.length} ${bytes.file}`;
};
