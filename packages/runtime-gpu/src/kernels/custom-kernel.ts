import { elementCount } from '@charter/tensor';
import { viewOf } from '../plan/plan-builder.js';
import { dense } from '../plan/strided-view.js';
import type { Lowering } from './lowering-context.js';

/** Shapes and attributes of an operation that is about to run. */
export interface CustomCall<A extends object = object> {
  readonly inputs: readonly (readonly number[])[];
  readonly output: readonly number[];
  readonly attrs: A;
}

/** Kernel of a custom operation: a gpu.js kernel in which thread t returns element t of the output. */
export interface CustomKernel<A extends object = object> {
  /**
   * The kernel, in the JavaScript that gpu.js compiles. Its arguments are the inputs as flat row-major float32 arrays,
   * then what `integers` and `floats` return. `this.thread.x` is the position in the output.
   */
  readonly kernel: string | ((this: { thread: { x: number } }, ...args: never[]) => number);
  /** Whole numbers for the kernel, such as the size of an axis. */
  integers?(call: CustomCall<A>): readonly number[];
  /** Other numbers for the kernel, such as an attribute. */
  floats?(call: CustomCall<A>): readonly number[];
}

export const customLowering =
  ({ kernel, integers, floats }: CustomKernel): Lowering =>
  ({ plan, value, inputs, shape }) => {
    const call = { inputs: inputs.map(input => input.shape), output: shape, attrs: value.attrs };
    const slot = plan.kernel(
      {
        source: `${kernel}`,
        arrays: inputs.map(input => plan.dense(input)),
        integers: integers?.(call) ?? [],
        floats: floats?.(call) ?? [],
      },
      elementCount(shape),
      value.dtype,
    );
    return viewOf(slot, dense(shape));
  };
