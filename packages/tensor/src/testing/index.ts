export type { Conformance } from '../conformance/conformance-table.js';
export { describeRuntime } from './describe-runtime.js';
export type { Array64 } from './kernels.js';
export { evaluate, storedToArray64, toArray64 } from './reference.js';
export { pseudoRandom, type SampleProgram, sampleProgram } from './samples.js';
