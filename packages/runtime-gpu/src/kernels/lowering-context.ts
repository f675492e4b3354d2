import type { Dim, OperationValue } from '@charter/tensor';
import type { Node, PlanBuilder } from '../plan/plan-builder.js';

/** Input of a row of the table: the value to make, its inputs, and its shape now that sizes are known. */
export interface LoweringContext<A extends object = object> {
  readonly plan: PlanBuilder;
  readonly value: OperationValue<A>;
  readonly attrs: A;
  readonly inputs: readonly Node[];
  readonly shape: readonly number[];
  size(dim: Dim): number;
}

/** Adds the steps of one operation to the plan. */
export type Lowering<A extends object = object> = (context: LoweringContext<A>) => Node;
