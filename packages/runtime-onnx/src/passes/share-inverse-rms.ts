import type { Value } from '@charter/tensor';
import type { Rule } from './rewrite-graph.js';

/**
 * The gradient of `rmsNorm` needs `1 / sqrt(mean(x²) + eps)`, which the fused operator of the forward pass returns as
 * its second result (`inverseRms`). One rule for one program: it remembers the norms that it met.
 */
export const shareInverseRms = (): Rule => {
  const norms = new Map<Value, Value[]>();
  return value => {
    if (value.op === 'rmsNorm') {
      const x = value.inputs[0]!;
      norms.set(x, [...(norms.get(x) ?? []), value]);
      return undefined;
    }
    const found = value.op === 'reciprocal' ? inverseRms(value) : undefined;
    const norm = found && norms.get(found.x)?.find(({ attrs }) => attrs.eps === found.eps);
    if (!norm) return undefined;
    const { graph, shape, dtype } = value;
    return graph.add({ op: 'inverseRms', inputs: [norm], attrs: {}, shape, dtype });
  };
};

/** `x` and `eps` of `1 / sqrt(mean(x²) + eps)` over the last axis, which is kept. */
const inverseRms = (value: Value): { x: Value; eps: number } | undefined => {
  const root = value.inputs[0]!;
  const shifted = root.inputs[0];
  if (root.op !== 'sqrt' || shifted?.op !== 'add') return undefined;
  const eps = shifted.inputs.find(input => input.op === 'number');
  const mean = shifted.inputs.find(input => input.op === 'mean');
  const square = mean?.inputs[0];
  const [x, again] = square?.op === 'mul' ? square.inputs : [];
  if (!eps || !mean || !x || x !== again) return undefined;
  const { axes, keepdims } = mean.attrs as { axes: readonly number[]; keepdims?: boolean };
  const last = axes.length === 1 && (axes[0] === -1 || axes[0] === x.shape.length - 1);
  return last && keepdims ? { x, eps: eps.attrs.value as number } : undefined;
};
