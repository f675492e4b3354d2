import type { Shape } from '../dim.js';
import { GraphError } from '../errors.js';
import type { Destination, TensorSlice } from '../runtime.js';
import type { DType } from '../tensor.js';
import type { RunShapes } from './run-shapes.js';

/** @throws {GraphError} when there is no such output, or it does not fit where it shall go */
export const checkDestination = (
  name: string,
  outputs: ReadonlyMap<string, { readonly dtype: DType; readonly shape: Shape }>,
  shapes: RunShapes,
  target: Destination,
): void => {
  const output = outputs.get(name);
  if (!output) {
    const names = [...outputs.keys()].join(', ');
    throw new GraphError(`There is no output "${name}". The program's outputs are: ${names}.`);
  }
  const shape = shapes.shape(output.shape);
  if ('tensor' in target) checkSlice(name, { dtype: output.dtype, shape }, target);
  else if (target.dtype !== output.dtype || `${target.shape}` !== `${shape}`) {
    throw new GraphError(
      `Output "${name}" is ${output.dtype} [${shape.join(', ')}], but its destination ${target.dtype} [${target.shape.join(', ')}].`,
    );
  }
};

const checkSlice = (
  name: string,
  output: { readonly dtype: DType; readonly shape: readonly number[] },
  { tensor, axis, start, count }: TensorSlice,
): void => {
  const fail = (reason: string): never => {
    throw new GraphError(
      `Output "${name}", ${output.dtype} [${output.shape.join(', ')}], does not fit into a slice of ${tensor.dtype} [${tensor.shape.join(', ')}]: ${reason}.`,
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
