import { type OperationValue, reshape, transpose, type Value } from '@charter/tensor';
import { type GraphPass, rewriteGraph } from './rewrite-graph.js';

/**
 * A transpose that only moves dimensions of 1, such as time in a decoding step, is a reshape, which copies nothing; and
 * of reshapes one after the other only the last counts.
 */
export const foldReshapes: GraphPass = graph =>
  rewriteGraph(graph, value => {
    const [x] = value.inputs;
    const folds = (transpose.is(value) && keepsOrder(value)) || (reshape.is(value) && reshape.is(x));
    return folds ? reshape(source(x!), { shape: value.shape }) : undefined;
  });

const source = (value: Value): Value => (reshape.is(value) ? value.inputs[0]! : value);

const keepsOrder = ({ attrs, inputs: [x] }: OperationValue<{ perm: readonly number[] }>): boolean => {
  const moved = attrs.perm.filter(axis => x!.shape[axis] !== 1);
  return moved.every((axis, i) => i === 0 || axis > moved[i - 1]!);
};
