import type { Dim, Shape } from '../dim.js';
import type { Graph, Operand, OpSpec, Value } from '../graph.js';
import { applyOp, defineOp, defineOpWith } from '../op.js';
import { int32 } from '../tensor.js';
import { greaterEqual, mul } from './binary.js';
import { where } from './where.js';

const iotaSpec: OpSpec<{ size: Dim }> = {
  name: 'iota',
  shape: (_inputs, { size }) => [size],
  dtype: () => 'int32',
  gradient: 'none',
  samples: [],
};

/** 0, 1, … as int32 `[size]`. */
export const iota = defineOpWith(
  iotaSpec,
  (graph: Graph, size: Dim): Value => applyOp(iotaSpec, [], { size }, graph),
);

/**
 * Uniform random float32 numbers in [0, 1) that depend only on the int32 scalar `seed`, on `salt` and on their
 * position: element i is `hash(i ^ hash(seed ^ hash(salt))) >>> 8` over 2²⁴, with `hash` as in `hash32`. So a resumed
 * run draws what the uninterrupted one would have drawn, on any engine.
 */
export const uniform = defineOp<[seed: Value], { shape: Shape; salt: number }>({
  name: 'uniform',
  arity: 1,
  shape: (_inputs, { shape }) => shape,
  dtype: () => 'float32',
  gradient: 'none',
  samples: [{ inputs: [int32([7], [])], attrs: { shape: [3, 4], salt: 3 } }],
});

/** A mixing of 32 bits in which every input bit changes every output bit ("lowbias32" of Chris Wellons). */
export const hash32 = (x: number): number => {
  let h = x | 0;
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return h ^ (h >>> 16);
};

/**
 * Dropout: each element is zero with probability `p`, else scaled by 1 / (1 - p).
 *
 * @param seed int32 scalar; the same seed and salt give the same mask
 * @see Srivastava et al. 2014; torch.nn.functional.dropout
 */
export const dropout = (x: Value, seed: Value, { p, salt }: { p: number; salt: number }): Value => {
  if (p === 0) return x;
  const kept: Operand = mul(x, 1 / (1 - p));
  return where(greaterEqual(uniform(seed, { shape: x.shape, salt }), p), kept, 0);
};
