import { broadcastShapes } from '../dim.js';
import type { InputGradients, Operand, Value } from '../graph.js';
import { defineOp } from '../op.js';

/** `a` where the bool `condition` holds and `b` elsewhere; all three broadcast. */
export const where = defineOp<[condition: Value, a: Operand, b: Operand]>({
  name: 'where',
  arity: 3,
  elementwise: true,
  shape([condition, a, b], _attrs, fail) {
    const values = broadcastShapes(a!, b!);
    return (values && broadcastShapes(condition!, values)) ?? fail('the shapes do not broadcast');
  },
  dtype: ([, a]) => a!,
  gradient: ({ inputs: [condition], upstream: g }): InputGradients => [
    undefined,
    where(condition!, g, 0),
    where(condition!, 0, g),
  ],
  samples: [
    { inputs: [{ dtype: 'bool', shape: [3], data: Uint8Array.of(1, 0, 1) }, [2, 3], [1]] },
    { inputs: [{ dtype: 'bool', shape: [2, 1], data: Uint8Array.of(0, 1) }, [3], [2, 3]] },
  ],
});
