import { mul, neg, reshape, type Value } from '@charter/tensor';
import type { Rule } from './rewrite-graph.js';

/**
 * Keeps the gradient of `takeAlongLastAxis` from being written out: a tensor as wide as the vocabulary with one number
 * in each row. Its sum over a row is that number, and adding it to another tensor changes one element of each row
 * (`scatterAddLastAxis`).
 */
export const foldOneHot: Rule = value => {
  const [left, right] = value.inputs;
  switch (value.op) {
    case 'sum':
      return left!.op === 'scatterLastAxis' && sumsLast(value)
        ? reshape(left!.inputs[0]!, { shape: value.shape })
        : undefined;
    case 'add':
      return scatterAddLastAxis(left!, right!, value) ?? scatterAddLastAxis(right!, left!, value);
    case 'sub':
      return placesInto(left!, right!, value) ? scatterAddLastAxis(left!, negated(right!), value) : undefined;
    default:
      return undefined;
  }
};

const sumsLast = ({ inputs: [x], attrs }: Value): boolean => {
  const axes = attrs.axes as readonly number[];
  return axes.length === 1 && (axes[0] === -1 || axes[0] === x!.shape.length - 1);
};

const placesInto = (placed: Value, wide: Value, { shape }: Value): boolean =>
  placed.op === 'scatterLastAxis' && `${placed.shape}` === `${shape}` && `${wide.shape}` === `${shape}`;

const scatterAddLastAxis = (placed: Value, wide: Value, sum: Value): Value | undefined => {
  if (!placesInto(placed, wide, sum)) return undefined;
  const { graph, shape, dtype } = sum;
  return graph.add({ op: 'scatterAddLastAxis', inputs: [wide, ...placed.inputs], attrs: {}, shape, dtype });
};

/** `-x`, by the smaller factor when x is a product with a broadcast one. */
const negated = (x: Value): Value => {
  const narrow = x.op === 'mul' ? x.inputs.findIndex(side => `${side.shape}` !== `${x.shape}`) : -1;
  return narrow < 0 ? neg(x) : mul(x.inputs[1 - narrow]!, neg(x.inputs[narrow]!));
};
