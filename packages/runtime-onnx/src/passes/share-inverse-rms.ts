import {
  add,
  applyOp,
  defineEngineOp,
  mean,
  mul,
  type OperationValue,
  type OpSpec,
  reciprocal,
  rmsNorm,
  sqrt,
  type Value,
} from '@charter/tensor';
import { type GraphPass, rewriteGraph } from './rewrite-graph.js';

const spec: OpSpec<object> = {
  name: 'inverseRms',
  shape: ([normed]) => [...normed!.slice(0, -1), 1],
  samples: [],
};

/** `1 / sqrt(mean(x²) + eps)` `[..., 1]`, taken from the `rmsNorm` that computed it. */
export const inverseRms = defineEngineOp(spec, (norm: Value): Value => applyOp(spec, [norm], {}));

/**
 * The gradient of `rmsNorm` needs `1 / sqrt(mean(x²) + eps)`, which the fused operator of the forward pass returns as
 * its second result (`inverseRms`).
 */
export const shareInverseRms: GraphPass = graph => {
  const norms = new Map<Value, OperationValue<{ eps: number }>[]>();
  return rewriteGraph(graph, value => {
    if (rmsNorm.is(value)) {
      const x = value.inputs[0]!;
      norms.set(x, [...(norms.get(x) ?? []), value]);
      return undefined;
    }
    const found = computedInverseRms(value);
    const norm = found && norms.get(found.x)?.find(({ attrs }) => attrs.eps === found.eps);
    return norm && inverseRms(norm);
  });
};

/** `x` and `eps` of `1 / sqrt(mean(x²) + eps)` over the last axis, which is kept. */
const computedInverseRms = (value: Value): { x: Value; eps: number } | undefined => {
  const root = reciprocal.is(value) ? value.inputs[0] : undefined;
  const shifted = sqrt.is(root) ? root.inputs[0] : undefined;
  if (!add.is(shifted)) return undefined;
  const eps = shifted.inputs.find(input => input.kind === 'number');
  const average = shifted.inputs.find(input => mean.is(input));
  const square = average?.inputs[0];
  const [x, again] = mul.is(square) ? square.inputs : [];
  if (!eps || !average || !x || x !== again) return undefined;
  const { axes, keepdims } = average.attrs;
  const last = axes.length === 1 && (axes[0] === -1 || axes[0] === x.shape.length - 1);
  return last && keepdims ? { x, eps: eps.value } : undefined;
};
