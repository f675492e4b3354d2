import {
  add,
  applyOp,
  defineEngineOp,
  mul,
  neg,
  type OperationValue,
  type OpSpec,
  type ReduceAttrs,
  reshape,
  scatterLastAxis,
  sub,
  sum,
  type Value,
} from '@charter/tensor';
import { type GraphPass, rewriteGraph } from './rewrite-graph.js';

const spec: OpSpec<object> = {
  name: 'scatterAddLastAxis',
  shape: ([wide, x, indices], _attrs, fail) =>
    `${[...x!, wide!.at(-1)]}` === `${wide}` && `${x}` === `${indices}`
      ? wide!
      : fail('needs one element and one index for each row'),
  samples: [],
};

/** `wide [..., n]` with `x [...]` added at int32 `indices [...]` of the last axis. */
export const scatterAddLastAxis = defineEngineOp(
  spec,
  (wide: Value, x: Value, indices: Value): Value => applyOp(spec, [wide, x, indices], {}),
);

/**
 * Keeps the gradient of `takeAlongLastAxis` from being written out: a tensor as wide as the vocabulary with one number
 * in each row. Its sum over a row is that number, and adding it to another tensor changes one element of each row
 * (`scatterAddLastAxis`).
 */
export const foldOneHot: GraphPass = graph =>
  rewriteGraph(graph, value => {
    const [left, right] = value.inputs;
    if (sum.is(value) && scatterLastAxis.is(left) && sumsLast(value))
      return reshape(left.inputs[0]!, { shape: value.shape });
    if (add.is(value)) return addOneHot(left!, right!) ?? addOneHot(right!, left!);
    return sub.is(value) && isOneHotOf(left!, right!) ? addOneHot(left!, negated(right!)) : undefined;
  });

const sumsLast = ({ inputs: [x], attrs: { axes } }: OperationValue<ReduceAttrs>): boolean =>
  axes.length === 1 && (axes[0] === -1 || axes[0] === x!.shape.length - 1);

const isOneHotOf = (oneHot: Value, wide: Value): boolean =>
  scatterLastAxis.is(oneHot) && `${oneHot.shape}` === `${wide.shape}`;

const addOneHot = (oneHot: Value, wide: Value): Value | undefined => {
  const [x, indices] = oneHot.inputs;
  return isOneHotOf(oneHot, wide) ? scatterAddLastAxis(wide, x!, indices!) : undefined;
};

/** `-x`, by the smaller factor when x is a product with a broadcast one. */
const negated = (x: Value): Value => {
  const narrow = mul.is(x) ? x.inputs.findIndex(side => `${side.shape}` !== `${x.shape}`) : -1;
  return narrow < 0 ? neg(x) : mul(x.inputs[1 - narrow]!, neg(x.inputs[narrow]!));
};
