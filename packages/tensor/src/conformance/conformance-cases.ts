import type { ConformanceCase } from './conformance-case.js';
import { operationCases } from './operation-cases.js';
import { programCases } from './program-cases.js';
import { shapeCases } from './shape-cases.js';

/** Everything that an engine must do: each operation and its gradient, odd and symbolic shapes, programs, tensors. */
export const conformanceCases = (): ConformanceCase[] => [
  ...operationCases(),
  ...shapeCases,
  ...programCases,
];
