import type { InputGradients, Value } from '../graph.js';
import { defineOp } from '../op.js';
import type { DType } from '../tensor.js';

/** Changes the element type. Towards int32 it cuts off; a bool becomes 0 or 1. Only float32 to float32 has a gradient. */
export const cast = defineOp<[x: Value], { dtype: DType }>({
  name: 'cast',
  arity: 1,
  elementwise: true,
  shape: ([x]) => x!,
  dtype: (_inputs, { dtype }) => dtype,
  gradient: ({ inputs: [x], upstream, attrs }): InputGradients => [
    x!.dtype === 'float32' && attrs.dtype === 'float32' ? upstream : undefined,
  ],
  samples: [
    { inputs: [[3]], attrs: { dtype: 'float32' } },
    { inputs: [{ dtype: 'int32', shape: [3], data: Int32Array.of(-2, 0, 5) }], attrs: { dtype: 'float32' } },
    { inputs: [{ dtype: 'bool', shape: [2], data: Uint8Array.of(1, 0) }], attrs: { dtype: 'float32' } },
    { inputs: [[4]], attrs: { dtype: 'int32' }, range: [-9, 9] },
  ],
});

/** The same value, through which no gradient flows. */
export const stopGradient = defineOp<[x: Value]>({
  name: 'stopGradient',
  arity: 1,
  elementwise: true,
  shape: ([x]) => x!,
  gradient: 'none',
  samples: [{ inputs: [[2, 2]] }],
});
