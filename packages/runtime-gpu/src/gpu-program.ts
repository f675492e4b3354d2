import {
  borrowTensor,
  checkDestination,
  type Destination,
  type DeviceTensor,
  type DType,
  elementCount,
  type Feed,
  type FrozenWeight,
  foreignSlice,
  type Graph,
  GraphError,
  memoryOnDevice,
  type Program,
  RunShapes,
  type Tensor,
} from '@charter/tensor';
import { Buffer } from './device/buffer.js';
import type { Engine } from './device/engine.js';
import { makePlan, type Plan } from './plan/make-plan.js';
import type { Slot } from './plan/slot.js';
import { GpuTensor } from './tensors/gpu-tensor.js';
import { writeSlice } from './tensors/write-slice.js';

/** Plans are made for sizes; this is the number that is kept. */
const KEPT_PLANS = 16;

interface RunOutput {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly buffer: Buffer;
}

/** A graph with its weights on the device. */
export class GpuProgram implements Program {
  readonly #plans = new Map<string, Plan>();
  readonly #constants = new Map<Tensor, Buffer>();
  #disposed = false;

  private constructor(
    private readonly engine: Engine,
    private readonly graph: Graph,
    private readonly weights: ReadonlyMap<string, { stored: FrozenWeight; buffer: Buffer }>,
  ) {}

  /** @param graph decomposed as far as the engine needs it */
  static compile(
    engine: Engine,
    graph: Graph,
    stored: ReadonlyMap<string, FrozenWeight>,
  ): Promise<GpuProgram> {
    return engine.exclusively(async () => {
      const weights = new Map<string, { stored: FrozenWeight; buffer: Buffer }>();
      for (const value of graph.reachable()) {
        if (value.kind !== 'weight') continue;
        const { name } = value;
        const from = stored.get(name)!;
        weights.set(name, { stored: from, buffer: await engine.weight(from) });
      }
      return new GpuProgram(engine, graph, weights);
    });
  }

  async run(
    feeds: Readonly<Record<string, Feed>>,
    into: Readonly<Record<string, Destination>> = {},
  ): Promise<Record<string, Tensor>> {
    if (this.#disposed) throw new GraphError('A program is run after it was disposed.');
    const { device } = this.engine;
    const shapes = new RunShapes(this.graph.inputs, feeds);
    for (const [name, target] of Object.entries(into)) {
      checkDestination(name, this.graph.outputs, shapes, target);
      if ('tensor' in target && !this.#owns(target.tensor)) throw foreignSlice(name);
    }
    const plan = this.#plan(shapes);
    // Read now, so that the caller's arrays stay the caller's while the run waits for its turn.
    const read = new Map<string, GpuTensor | Promise<Buffer>>();
    for (const [name, feed] of Object.entries(feeds)) {
      read.set(
        name,
        'data' in feed
          ? Promise.resolve(Buffer.ofHost(device, feed.data.slice()))
          : this.#owns(feed)
            ? feed
            : this.#borrow(feed),
      );
    }
    const foreign: (() => Promise<void>)[] = [];
    const results: Record<string, Tensor> = {};
    await this.engine.exclusively(async () => {
      const buffers = await this.#execute(plan, read);
      for (const [name, { buffer, dtype, shape }] of buffers) {
        const target = into[name];
        if (!target) results[name] = { dtype, shape, data: (await buffer.data(dtype)).slice() } as Tensor;
        else if ('data' in target) target.data.set((await buffer.data(dtype)) as never);
        else if ('tensor' in target) await writeSlice(device, buffer, shape, target);
        else if (this.#owns(target)) await target.replace(buffer.retain());
        else foreign.push(this.#deliver({ dtype, shape, buffer: buffer.retain() }, target));
      }
      for (const { buffer } of buffers.values()) await buffer.release();
    });
    // In the other runtime's turn, not in this one's: two runtimes may write to each other.
    for (const deliver of foreign) await deliver();
    return results;
  }

  dispose(): Promise<void> {
    return this.engine.exclusively(async () => {
      if (this.#disposed) return;
      this.#disposed = true;
      for (const { stored } of this.weights.values()) await this.engine.forgetWeight(stored);
      for (const buffer of this.#constants.values()) await buffer.release();
    });
  }

  #plan(shapes: RunShapes): Plan {
    const key = shapes.key;
    const { lowerings, device } = this.engine;
    const plan =
      this.#plans.get(key) ??
      // Elsewhere gpu.js keeps several numbers of a thread apart, not as one flat buffer.
      makePlan(this.graph, lowerings, dim => shapes.size(dim), { returnsArrays: device.mode === 'webgpu' });
    this.#plans.delete(key);
    this.#plans.set(key, plan);
    if (this.#plans.size > KEPT_PLANS) this.#plans.delete(this.#plans.keys().next().value!);
    return plan;
  }

  /** @returns one retained buffer for each output */
  async #execute(plan: Plan, feeds: ReadonlyMap<string, GpuTensor | Promise<Buffer>>) {
    const { device } = this.engine;
    const held = new Map<Slot, Buffer>();
    const drop = async (slot: Slot) => {
      await held.get(slot)?.release();
      held.delete(slot);
    };
    try {
      for (const [name, feed] of feeds) {
        const buffer = feed instanceof GpuTensor ? feed.buffer.retain() : await feed;
        const slot = plan.inputs.get(name);
        if (slot) held.set(slot, buffer);
        else await buffer.release();
      }
      for (const [name, slot] of plan.weights) held.set(slot, this.weights.get(name)!.buffer.retain());
      for (const [tensor, slot] of plan.constants) {
        if (!this.#constants.has(tensor))
          this.#constants.set(tensor, Buffer.ofHost(device, tensor.data.slice()));
        held.set(slot, this.#constants.get(tensor)!.retain());
      }
      for (const [i, step] of plan.steps.entries()) {
        const read = step.reads.map(slot => held.get(slot)!);
        held.set(step.writes, await step.run(device, read));
        for (const slot of plan.finished[i]!) await drop(slot);
      }
      return new Map(
        [...plan.outputs].map(([name, { slot, dtype, shape }]) => [
          name,
          { buffer: held.get(slot)!.retain(), dtype, shape },
        ]),
      );
    } finally {
      for (const slot of [...held.keys()]) await drop(slot);
    }
  }

  #owns(tensor: DeviceTensor): tensor is GpuTensor {
    return tensor instanceof GpuTensor && tensor.engine === this.engine;
  }

  /** The contents of another runtime's tensor as they are now. */
  #borrow(tensor: DeviceTensor): Promise<Buffer> {
    const { device } = this.engine;
    const borrowed = borrowTensor(tensor, device.gpuDevice).then(from =>
      'data' in from
        ? Buffer.ofHost(device, from.data)
        : Buffer.ofLent(device, from, elementCount(tensor.shape)),
    );
    // A failure is the run's, once it waits for this.
    borrowed.catch(() => {});
    return borrowed;
  }

  /** Gives an output to another runtime's tensor. */
  #deliver({ dtype, shape, buffer }: RunOutput, target: DeviceTensor): () => Promise<void> {
    return async () => {
      const memory = memoryOnDevice(target, this.engine.device.gpuDevice);
      if (memory) await memory.adopt(await buffer.lend());
      else await target.write({ dtype, shape, data: await buffer.data(dtype) });
      await buffer.release();
    };
  }
}
