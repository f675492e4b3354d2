import {
  type Dim,
  type DType,
  elementCount,
  type Graph,
  type OperationValue,
  type Tensor,
  type Value,
} from '@charter/tensor';
import { GpuError } from '../gpu-error.js';
import type { Lowering } from '../kernels/lowering-context.js';
import { type Node, numberNode, PlanBuilder, type Step, viewOf } from './plan-builder.js';
import type { Slot } from './slot.js';
import { dense } from './strided-view.js';

/** Plan of a run for one set of sizes. */
export interface Plan {
  readonly inputs: ReadonlyMap<string, Slot>;
  readonly weights: ReadonlyMap<string, Slot>;
  readonly constants: ReadonlyMap<Tensor, Slot>;
  readonly steps: readonly Step[];
  /** The slots that no later step needs, by step. */
  readonly finished: readonly (readonly Slot[])[];
  readonly outputs: ReadonlyMap<string, PlannedOutput>;
}

export interface PlannedOutput {
  readonly slot: Slot;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/**
 * @param graph without composites that `lowerings` does not know
 * @param returnsArrays true when a thread may return several numbers
 */
export const makePlan = (
  graph: Graph,
  lowerings: ReadonlyMap<string, Lowering>,
  size: (dim: Dim) => number,
  { returnsArrays = false }: { readonly returnsArrays?: boolean } = {},
): Plan => {
  const plan = new PlanBuilder(returnsArrays);
  const values = graph.reachable();
  const uses = countUses(graph, values);
  const nodes = new Map<Value, Node>();
  const [inputs, weights] = [new Map<string, Slot>(), new Map<string, Slot>()];
  const constants = new Map<Tensor, Slot>();

  const stored = (value: Value, shape: readonly number[]): Slot => ({
    dtype: value.dtype,
    size: elementCount(shape),
    onHost: value.dtype === 'int32',
  });

  for (const value of values) {
    const shape = value.shape.map(size);
    const node = lower(value, shape);
    // What several operations read is computed once.
    nodes.set(value, node.kind === 'map' && uses.get(value)! > 1 ? plan.view(node) : node);
  }

  function lower(value: Value, shape: readonly number[]): Node {
    if (value.kind === 'number') return numberNode(value.value);
    if (value.kind === 'operation') return lowerOperation(value, shape);
    const slot = stored(value, shape);
    if (value.kind === 'input') inputs.set(value.name, slot);
    else if (value.kind === 'weight') weights.set(value.name, slot);
    else constants.set(value.tensor, slot);
    return viewOf(slot, dense(shape));
  }

  function lowerOperation(value: OperationValue, shape: readonly number[]): Node {
    const { op, attrs, scope } = value;
    const lowering = lowerings.get(op);
    if (!lowering)
      throw new GpuError(`"${op}" at ${scope || 'the top'} has no kernel: give one in \`kernels\`.`);
    const operands = value.inputs.map(input => nodes.get(input)!);
    return lowering({ plan, value, attrs, inputs: operands, shape, size });
  }

  const outputs = new Map<string, PlannedOutput>();
  for (const [name, value] of graph.outputs) {
    const shape = value.shape.map(size);
    outputs.set(name, { slot: plan.dense(nodes.get(value)!), dtype: value.dtype, shape });
  }
  const kept = new Set([
    ...inputs.values(),
    ...weights.values(),
    ...constants.values(),
    ...[...outputs.values()].map(({ slot }) => slot),
  ]);
  const steps = needed(plan.steps, kept);
  return { inputs, weights, constants, steps, finished: lastUses(steps, kept), outputs };
};

const countUses = (graph: Graph, values: readonly Value[]): Map<Value, number> => {
  const uses = new Map<Value, number>(values.map(value => [value, 0]));
  for (const value of [...values.flatMap(({ inputs }) => inputs), ...graph.outputs.values()])
    uses.set(value, uses.get(value)! + 1);
  return uses;
};

/** Without steps whose result nobody reads. */
const needed = (steps: readonly Step[], outputs: ReadonlySet<Slot>): Step[] => {
  const read = new Set<Slot>(outputs);
  return steps
    .toReversed()
    .filter(step => {
      if (!read.has(step.writes)) return false;
      for (const slot of step.reads) read.add(slot);
      return true;
    })
    .toReversed();
};

const lastUses = (steps: readonly Step[], kept: ReadonlySet<Slot>): Slot[][] => {
  const seen = new Set<Slot>(kept);
  return steps
    .toReversed()
    .map(({ reads, writes }) =>
      [...new Set([...reads, writes])].filter(slot => {
        if (seen.has(slot)) return false;
        seen.add(slot);
        return true;
      }),
    )
    .toReversed();
};
