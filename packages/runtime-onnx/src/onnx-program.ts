import {
  type Destination,
  type DeviceTensor,
  type DType,
  type Feed,
  type Graph,
  GraphError,
  type Program,
  type Shape,
  type Tensor,
} from '@charter/tensor';
import { copyOf } from './copy-of.js';
import type { EngineClient } from './engine-client.js';
import type { Placed, PlacedWindow, RunRequest } from './engine-messages.js';
import { PlacedTensor } from './placed-tensor.js';
import { RunShapes } from './run-shapes.js';

interface Described {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** A session in the engine's thread. */
export class OnnxProgram implements Program {
  readonly #inputs: ReadonlyMap<string, Described>;
  readonly #outputs: ReadonlyMap<string, Described>;

  constructor(
    private readonly engine: EngineClient,
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
      const output = this.#outputs.get(name);
      if (!output) {
        const names = [...this.#outputs.keys()].join(', ');
        throw new GraphError(`There is no output "${name}". The program's outputs are: ${names}.`);
      }
      const shape = shapes.shape(output.shape);
      if ('tensor' in target) {
        const { tensor, axis, start, count } = target;
        checkWindow(name, { dtype: output.dtype, shape }, target);
        stored[name] = { ...this.#placed(name, tensor), axis, start, count };
        continue;
      }
      if (target.dtype !== output.dtype || `${target.shape}` !== `${shape}`) {
        throw new GraphError(
          `Output "${name}" is ${output.dtype} [${shape.join(', ')}], but its destination ${target.dtype} [${target.shape.join(', ')}].`,
        );
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

const checkWindow = (
  name: string,
  output: { dtype: DType; shape: readonly number[] },
  {
    tensor,
    axis,
    start,
    count,
  }: { tensor: DeviceTensor; axis: number; start: Int32Array; count: Int32Array },
): void => {
  const fail = (reason: string): never => {
    throw new GraphError(
      `Output "${name}", ${output.dtype} [${output.shape.join(', ')}], does not fit into a window of ${tensor.dtype} [${tensor.shape.join(', ')}]: ${reason}.`,
    );
  };
  const { shape } = tensor;
  if (output.dtype !== tensor.dtype) fail('the types differ');
  if (axis < 1 || axis >= shape.length) fail(`axis ${axis} is not one of 1 to ${shape.length - 1}`);
  if (shape.length !== output.shape.length || shape.some((dim, i) => i !== axis && dim !== output.shape[i]))
    fail(`all dimensions but ${axis} must be equal`);
  if (start.length !== shape[0] || count.length !== shape[0])
    fail(`start and count need one number for each of ${shape[0]} rows`);
  for (let row = 0; row < start.length; row++) {
    const [first, length] = [start[row]!, count[row]!];
    if (first < 0 || length < 0 || length > output.shape[axis]! || first + length > shape[axis]!)
      fail(`row ${row} wants ${length} entries from ${first} on`);
  }
};
