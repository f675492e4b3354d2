import {
  checkDestination,
  type Destination,
  type DType,
  type Feed,
  type Graph,
  type Program,
  RunShapes,
  type Shape,
  type Tensor,
} from '@charter/tensor';
import type { CallQueue } from './host/call-queue.js';
import { IoBinding } from './io-binding.js';

interface ValueInfo {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** Program of a host, by its id. */
export class OnnxProgram implements Program {
  readonly #inputs: ReadonlyMap<string, ValueInfo>;
  readonly #outputs: ReadonlyMap<string, ValueInfo>;

  constructor(
    private readonly queue: CallQueue,
    private readonly id: number,
    graph: Graph,
  ) {
    this.#inputs = valueInfos(graph.inputs);
    this.#outputs = valueInfos(graph.outputs);
  }

  async run(
    feeds: Readonly<Record<string, Feed>>,
    into: Readonly<Record<string, Destination>> = {},
  ): Promise<Record<string, Tensor>> {
    const shapes = new RunShapes(this.#inputs, feeds);
    const binding = new IoBinding(this.queue, this.id);
    for (const [name, feed] of Object.entries(feeds)) binding.bindInput(name, feed);
    for (const [name, target] of Object.entries(into)) {
      checkDestination(name, this.#outputs, shapes, target);
      binding.bindOutput(name, target);
    }
    return binding.run();
  }

  dispose(): Promise<void> {
    return this.queue.call('disposeProgram', [this.id]);
  }
}

const valueInfos = (values: ReadonlyMap<string, ValueInfo>): Map<string, ValueInfo> =>
  new Map([...values].map(([name, { dtype, shape }]) => [name, { dtype, shape }]));
