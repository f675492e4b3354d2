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

interface Described {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** A session in the engine's thread. */
export class OnnxProgram implements Program {
  readonly #inputs: ReadonlyMap<string, Described>;
  readonly #outputs: ReadonlyMap<string, Described>;

  constructor(
    private readonly engine: CallQueue,
    private readonly session: number,
    graph: Graph,
  ) {
    this.#inputs = describe(graph.inputs);
    this.#outputs = describe(graph.outputs);
  }

  async run(
    feeds: Readonly<Record<string, Feed>>,
    into: Readonly<Record<string, Destination>> = {},
  ): Promise<Record<string, Tensor>> {
    const shapes = new RunShapes(this.#inputs, feeds);
    const request = new IoBinding(this.engine, this.session);
    for (const [name, feed] of Object.entries(feeds)) request.bindInput(name, feed);
    for (const [name, target] of Object.entries(into)) {
      checkDestination(name, this.#outputs, shapes, target);
      request.bindOutput(name, target);
    }
    return request.run();
  }

  dispose(): Promise<void> {
    return this.engine.call('release', [this.session]);
  }
}

const describe = (values: ReadonlyMap<string, Described>): Map<string, Described> =>
  new Map([...values].map(([name, { dtype, shape }]) => [name, { dtype, shape }]));
