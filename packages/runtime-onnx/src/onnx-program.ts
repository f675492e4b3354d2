import {
  checkDestination,
  type Destination,
  type DeviceTensor,
  type DType,
  type Feed,
  type Graph,
  GraphError,
  type Program,
  RunShapes,
  type Shape,
  type Tensor,
} from '@charter/tensor';
import { copyOf } from './copy-of.js';
import type { EngineCaller } from './engine-caller.js';
import type { Placed, PlacedWindow, RunRequest } from './engine-messages.js';
import { PlacedTensor } from './placed-tensor.js';

interface Described {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** A session in the engine's thread. */
export class OnnxProgram implements Program {
  readonly #inputs: ReadonlyMap<string, Described>;
  readonly #outputs: ReadonlyMap<string, Described>;

  constructor(
    private readonly engine: EngineCaller,
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
    const transfer: ArrayBuffer[] = [];
    const sent: Record<string, Tensor | Placed> = {};
    for (const [name, feed] of Object.entries(feeds)) {
      if ('data' in feed) {
        const copy = copyOf(feed);
        transfer.push(copy.data.buffer);
        sent[name] = copy;
      } else sent[name] = this.#placed(name, feed);
    }
    const stored: Record<string, Placed | PlacedWindow> = {};
    const host: [name: string, target: Tensor][] = [];
    for (const [name, target] of Object.entries(into)) {
      checkDestination(name, this.#outputs, shapes, target);
      if ('tensor' in target) {
        const { tensor, axis, start, count } = target;
        stored[name] = { ...this.#placed(name, tensor), axis, start, count };
        continue;
      }
      if ('data' in target) host.push([name, target]);
      else stored[name] = this.#placed(name, target);
    }
    const request: RunRequest = { session: this.session, feeds: sent, into: stored };
    const results = await this.engine.call('run', [request], transfer);
    for (const [name, target] of host) {
      target.data.set(results[name]!.data);
      delete results[name];
    }
    return results;
  }

  dispose(): Promise<void> {
    return this.engine.call('release', [this.session]);
  }

  #placed(name: string, tensor: DeviceTensor): Placed {
    if (!(tensor instanceof PlacedTensor) || tensor.engine !== this.engine)
      throw new GraphError(`The tensor at "${name}" lives in another runtime.`);
    return { placed: tensor.number };
  }
}

const describe = (values: ReadonlyMap<string, Described>): Map<string, Described> =>
  new Map([...values].map(([name, { dtype, shape }]) => [name, { dtype, shape }]));
