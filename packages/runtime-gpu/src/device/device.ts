import type { BorrowedBuffer } from '@charter/tensor';
import { GPU, type IKernelRunShortcut } from 'gpu.js';
import { GpuError } from '../gpu-error.js';
import { flat, handleOf, leaveContext, type WebGpuContext, type WebGpuHandle } from './webgpu-context.js';

/** The backends of gpu.js that this runtime uses. */
export type GpuMode = 'webgpu' | 'webgl2' | 'webasm' | 'cpu';

/** A flat float32 buffer where kernels run: gpu.js's handle, or an array on backends without memory of their own. */
export type Handle = Float32Array | { toArray(): unknown; delete(): void };

/** A kernel's arguments: its arrays, then its integers, then its floats. */
export interface KernelArguments {
  readonly arrays: readonly Handle[];
  readonly integers: readonly number[];
  readonly floats: readonly number[];
}

type Kernel = IKernelRunShortcut & { readonly kernel: { readonly constructor: { readonly mode: string } } };

interface Compiled {
  readonly kernel: Kernel;
  /** Ends with the first run; undefined before it. */
  ready: Promise<unknown> | undefined;
}

/** One gpu.js backend and the kernels that were compiled for it, by their text. */
export class Device {
  readonly #gpu: GPU;
  readonly #kernels = new Map<string, Compiled>();
  /** Buffers of other engines that are in use here. */
  readonly #borrowed = new Set<BorrowedBuffer>();

  constructor(
    readonly mode: GpuMode,
    private readonly context?: WebGpuContext | undefined,
  ) {
    this.#gpu = new GPU({ mode: mode as 'gpu' });
  }

  /**
   * Runs a kernel in `threads` threads.
   * @param perThread how many numbers each returns; more than one on WebGPU only
   * @throws {GpuError} when gpu.js refuses the kernel or would run it elsewhere
   */
  async run(
    source: string,
    { arrays, integers, floats }: KernelArguments,
    threads: number,
    perThread = 1,
  ): Promise<Handle> {
    const types = [
      ...arrays.map(() => 'Array'),
      ...integers.map(() => 'Integer'),
      ...floats.map(() => 'Float'),
    ];
    const key = `${types.join()} ${source}`;
    let compiled = this.#kernels.get(key);
    if (!compiled) {
      compiled = { kernel: this.#create(source, types), ready: undefined };
      this.#kernels.set(key, compiled);
    }
    const { kernel, ready } = compiled;
    // While gpu.js compiles, it forgets how many threads the call before wanted.
    if (ready) await ready;
    kernel.setOutput([threads]);
    let result: Handle;
    try {
      const running = kernel(...([...arrays, ...integers, ...floats] as never[])) as unknown;
      compiled.ready ??= Promise.resolve(running).catch(() => {});
      result = (await running) as Handle;
    } catch (error) {
      throw new GpuError(`gpu.js refused a kernel: ${(error as Error).message}\n${source}`, { cause: error });
    }
    const { mode } = kernel.kernel.constructor;
    // gpu.js calls all its WebGL kernels "gpu"; the only other place it would run them is "cpu".
    if (mode !== (this.mode === 'webgl2' ? 'gpu' : this.mode))
      throw new GpuError(`gpu.js ran a kernel on "${mode}" instead of "${this.mode}".\n${source}`);
    return perThread === 1 ? result : flat(result as WebGpuHandle, threads * perThread);
  }

  /** Copies numbers to where kernels run. Read at once: the array may change afterwards. */
  async upload(data: Float32Array): Promise<Handle> {
    // A buffer has at least one element.
    const numbers = data.length > 0 ? data : new Float32Array(1);
    if (this.mode === 'cpu' || this.mode === 'webasm') return numbers.slice();
    return this.run(COPY, { arrays: [numbers], integers: [], floats: [] }, numbers.length);
  }

  async download(handle: Handle): Promise<Float32Array> {
    return handle instanceof Float32Array ? handle : ((await handle.toArray()) as Float32Array);
  }

  /** The `GPUDevice`, where there is one. */
  get gpuDevice(): object | undefined {
    return this.context?.device;
  }

  /** A handle of a buffer that another engine on the same `GPUDevice` lends; deleting it gives the buffer back. */
  borrow(lent: BorrowedBuffer, size: number): Handle {
    this.#borrowed.add(lent);
    const giveBack = () => {
      if (this.#borrowed.delete(lent)) return lent.release();
    };
    // gpu.js reads what its kernels made.
    const read = async (handle: WebGpuHandle) => {
      const copy = await this.run(COPY, { arrays: [handle], integers: [], floats: [] }, size);
      const data = await this.download(copy);
      release(copy);
      return data;
    };
    return handleOf({ buffer: lent.buffer, release: giveBack }, size, this.context!, read);
  }

  /** The buffer behind a handle on WebGPU. */
  bufferOf(handle: Handle): object {
    return (handle as WebGpuHandle).buffer;
  }

  async dispose(): Promise<void> {
    for (const lent of this.#borrowed) await lent.release();
    this.#borrowed.clear();
    this.#kernels.clear();
    await this.#gpu.destroy();
    if (this.context) await leaveContext(this.context);
  }

  #create(source: string, types: string[]): Kernel {
    const settings = {
      argumentTypes: types,
      output: [1],
      dynamicOutput: true,
      dynamicArguments: true,
      // Without it the next run of the same kernel would overwrite this one's result.
      immutable: true,
      pipeline: true,
      precision: 'single',
      tactic: 'precision',
      strictIntegers: true,
      loopMaxIterations: 2 ** 30,
    };
    return this.#gpu.createKernel(source as never, settings as never) as unknown as Kernel;
  }
}

const COPY = 'function (a0) { return a0[this.thread.x]; }';

export const release = (handle: Handle): void => {
  if (!(handle instanceof Float32Array)) handle.delete();
};
