// A new operation in one of these files is public at once; helpers of rules live in files that are not listed.
export * from './attention.js';
export * from './binary.js';
export * from './cast.js';
export * from './gather.js';
export * from './int8-linear.js';
export * from './matmul.js';
export * from './norm.js';
export * from './random.js';
export * from './reduce.js';
export * from './rotary.js';
export * from './shape.js';
export * from './softmax.js';
export * from './top-k.js';
export * from './unary.js';
export * from './where.js';
