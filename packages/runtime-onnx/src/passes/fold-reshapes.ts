import type { Value } from '@charter/tensor';
import type { Rule } from './rewrite-graph.js';

/**
 * A transpose that only moves dimensions of 1, such as time in a decoding step, is a reshape, which copies nothing; and
 * of reshapes one after the other only the last counts.
 */
export const foldReshapes: Rule = value => {
  const { graph, shape, dtype } = value;
  if (value.op === 'transpose' && keepsOrder(value)) {
    return graph.add({ op: 'reshape', inputs: [source(value.inputs[0]!)], attrs: { shape }, shape, dtype });
  }
  if (value.op === 'reshape' && value.inputs[0]!.op === 'reshape') {
    return graph.add({ op: 'reshape', inputs: [source(value.inputs[0]!)], attrs: { shape }, shape, dtype });
  }
  return undefined;
};

const source = (value: Value): Value => (value.op === 'reshape' ? value.inputs[0]! : value);

const keepsOrder = ({ attrs, inputs: [x] }: Value): boolean => {
  const moved = (attrs.perm as readonly number[]).filter(axis => x!.shape[axis] !== 1);
  return moved.every((axis, i) => i === 0 || axis > moved[i - 1]!);
};
