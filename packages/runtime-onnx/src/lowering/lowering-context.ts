import type { OperationValue } from '@charter/tensor';
import type { OnnxBuilder } from './onnx-builder.js';

/** Input of a row of the table: the value to make, the names of its inputs, and the model to which nodes are added. */
export interface LoweringContext<A extends object = object> {
  readonly onnx: OnnxBuilder;
  readonly value: OperationValue<A>;
  readonly attrs: A;
  readonly inputs: readonly string[];
}

/** Adds the nodes of one operation and returns the name of its result. */
export type Lowering<A extends object = object> = (context: LoweringContext<A>) => string;
