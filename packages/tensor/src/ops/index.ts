export { attention } from './attention.js';
export {
  add,
  and,
  div,
  equal,
  greater,
  greaterEqual,
  less,
  lessEqual,
  maximum,
  minimum,
  mul,
  or,
  relu,
  sub,
} from './binary.js';
export { cast, stopGradient } from './cast.js';
export {
  gather,
  gatherWithRepeats,
  permuteRows,
  scatterAddRows,
  scatterLastAxis,
  takeAlongLastAxis,
} from './gather.js';
export { linear, matmul } from './matmul.js';
export { rmsNorm } from './norm.js';
export { dropout, hash32, iota, uniform } from './random.js';
export { argmax, dimSize, max, mean, type ReduceAttrs, sum } from './reduce.js';
export { rotary } from './rotary.js';
export { concat, expand, pad, reshape, slice, swapLast, transpose, unbroadcast } from './shape.js';
export { logSoftmax, softmax } from './softmax.js';
export { topKIndices, topKValues } from './top-k.js';
export { erf, exp, log, logSigmoid, neg, reciprocal, sigmoid, silu, softplus, sqrt, tanh } from './unary.js';
export { where } from './where.js';
