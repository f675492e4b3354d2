export { ConformanceError } from './agree.js';
export type { ConformanceCase } from './conformance-case.js';
export { conformanceCases } from './conformance-cases.js';
export {
  type Conformance,
  type ConformanceRow,
  conformanceTable,
  formatConformance,
} from './conformance-table.js';
