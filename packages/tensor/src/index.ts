export { checkGraph } from './check-graph.js';
export { decomposeGraph } from './decompose.js';
export type { BorrowedBuffer, DeviceMemory } from './device-memory.js';
export {
  addDims,
  broadcastShapes,
  type Dim,
  evaluateDim,
  mulDims,
  type Shape,
  sizeOf,
  termsOf,
} from './dim.js';
export { GraphError, ShapeError } from './errors.js';
export { backpropagate, gradients } from './gradient.js';
export {
  type Backward,
  type ConstantValue,
  Graph,
  type InputGradients,
  type InputValue,
  type NumberValue,
  type Operand,
  type OperationValue,
  type OpSpec,
  type Sample,
  type Value,
  type WeightValue,
} from './graph.js';
export { ancestors, copyInto, copyValue, type Mapping, type MapValue, mapGraph } from './map-graph.js';
export { applyOp, defineEngineOp, defineOp, defineOpWith, type Op, type OpFunction, ops } from './op.js';
export type { AttrsOf, OpAttrs } from './op-attrs.js';
export * from './ops/index.js';
// What every engine checks before it compiles or runs, so that all refuse the same things in the same words.
export { checkDestination } from './program-checks/check-destination.js';
export { checkWeights } from './program-checks/check-weights.js';
export { borrowTensor, foreignSlice, memoryOnDevice } from './program-checks/foreign-tensors.js';
export { RunShapes } from './program-checks/run-shapes.js';
export { type QuantizedMatrix, type QuantizeOptions, quantizeMatrix } from './quantized-matrix.js';
export type {
  CompileOptions,
  Destination,
  DeviceTensor,
  Feed,
  FrozenWeight,
  Program,
  Runtime,
  TensorSlice,
} from './runtime.js';
export {
  type DType,
  elementCount,
  float32,
  int32,
  type StorageDType,
  type StoredBytes,
  type StoredTensor,
  scalar,
  type Tensor,
  type TensorData,
  zeros,
} from './tensor.js';
