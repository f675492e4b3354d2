import type { Dim, Shape, Tensor, Value } from '@charter/tensor';
import { iota } from './iota.js';
import type { Attribute, NodeOptions, OnnxBuilder } from './onnx-builder.js';
import { lowerRotary } from './rotary-lowering.js';
import { uniform } from './uniform.js';

/** Arguments of a lowering: the value, the names of its inputs in the model, and the model. */
export interface LoweringContext {
  readonly onnx: OnnxBuilder;
  readonly value: Value;
  readonly inputs: readonly string[];
}

/** Adds the nodes of one operation and returns the name of its result. */
export type Lowering = (context: LoweringContext) => string;

/** One ONNX operator with the same inputs. */
const same =
  (opType: string, options?: NodeOptions): Lowering =>
  ({ onnx, inputs }) =>
    onnx.node(opType, inputs, options);

const microsoft = 'com.microsoft';

const attr = <T>(value: Value, name: string): T => value.attrs[name] as T;

const reshape = (onnx: OnnxBuilder, x: string, shape: Shape): string => {
  const open = shape.filter(dim => typeof dim === 'string').length;
  // -1 lets ONNX Runtime infer the shape when it plans; it cannot when another dimension is 0.
  if (open === 1 && !shape.includes(0)) {
    return onnx.node('Reshape', [x, onnx.ints(shape.map(dim => (typeof dim === 'number' ? dim : -1)))]);
  }
  return onnx.node('Reshape', [x, onnx.shape(shape)], { attributes: { allowzero: 1 } });
};

const reduction =
  (opType: string): Lowering =>
  ({ onnx, value, inputs: [x] }) => {
    const axes = attr<readonly number[]>(value, 'axes');
    // ONNX takes no axes for all axes.
    if (axes.length === 0) return x!;
    const keepdims = attr<boolean | undefined>(value, 'keepdims') ? 1 : 0;
    const reduced = onnx.node(opType, [x!, onnx.ints(axes)], { attributes: { keepdims } });
    // When a dimension is 0, ONNX Runtime returns the shape of the input.
    return value.shape.some(dim => typeof dim === 'string') ? reshape(onnx, reduced, value.shape) : reduced;
  };

const zeros = (onnx: OnnxBuilder, shape: Shape): string =>
  onnx.node('Expand', [onnx.number(0), onnx.shape(shape)]);

/** One operator for `topKValues` and `topKIndices` of the same x. */
const topK = (onnx: OnnxBuilder, x: string, k: number): string =>
  onnx.once(`the ${k} largest of ${x}`, () => onnx.node('TopK', [x, onnx.ints([k])], { outputs: 2 }));

const lastAxis = (onnx: OnnxBuilder, indices: string): string =>
  onnx.node('Unsqueeze', [indices, onnx.ints([-1])]);

const productAttributes = (value: Value): Record<string, Attribute> => ({
  alpha: { float: attr<number>(value, 'alpha') },
  transA: Number(attr<boolean>(value, 'transA')),
  transB: Number(attr<boolean>(value, 'transB')),
});

/**
 * How each operation becomes ONNX, one row for each. Composites that have a row are fused, the others decomposed.
 * `gemm` and `fusedMatmul` are made by `foldProducts`, `scatterAddLastAxis` by `foldOneHot`, `inverseRms` by `shareInverseRms`,
 * `writeRows` by `DeviceStore`.
 */
export const lowerings: Readonly<Record<string, Lowering>> = {
  input: ({ value }) => attr<string>(value, 'name'),
  number: ({ onnx, value }) => onnx.number(attr(value, 'value')),
  constant: ({ onnx, value }) => onnx.constant(attr<Tensor>(value, 'tensor')),

  neg: same('Neg'),
  exp: same('Exp'),
  log: same('Log'),
  sqrt: same('Sqrt'),
  reciprocal: same('Reciprocal'),
  sigmoid: same('Sigmoid'),
  tanh: same('Tanh'),
  softplus: same('Softplus'),
  erf: same('Erf'),
  silu: same('QuickGelu', { domain: microsoft, attributes: { alpha: { float: 1 } } }),

  add: same('Add'),
  sub: same('Sub'),
  mul: same('Mul'),
  div: same('Div'),
  maximum: same('Max'),
  minimum: same('Min'),
  equal: same('Equal'),
  less: same('Less'),
  lessEqual: same('LessOrEqual'),
  greater: same('Greater'),
  greaterEqual: same('GreaterOrEqual'),
  and: same('And'),
  or: same('Or'),
  where: same('Where'),

  cast: ({ onnx, value, inputs }) =>
    value.inputs[0]!.dtype === value.dtype ? inputs[0]! : onnx.cast(inputs[0]!, value.dtype),
  stopGradient: ({ inputs }) => inputs[0]!,

  sum: reduction('ReduceSum'),
  mean: reduction('ReduceMean'),
  max: reduction('ReduceMax'),
  // ArgMax runs on one thread; TopK, too, takes the first of equal elements.
  argmax: ({ onnx, inputs: [x] }) => {
    const [, index] = onnx.nodes('TopK', [x!, onnx.ints([1])], { outputs: 2 });
    return onnx.cast(onnx.node('Squeeze', [index!, onnx.ints([-1])]), 'int32');
  },
  topKValues: ({ onnx, value, inputs: [x] }) => topK(onnx, x!, attr(value, 'k')),
  topKIndices: ({ onnx, value, inputs: [x] }) =>
    onnx.cast(onnx.secondOf(topK(onnx, x!, attr(value, 'k'))), 'int32'),
  dimSize: ({ onnx, value }) => onnx.cast(onnx.dimScalar(attr<Dim>(value, 'dim')), 'float32'),
  iota: ({ onnx, value }) => iota(onnx, attr<Dim>(value, 'size')),
  uniform: ({ onnx, value, inputs }) =>
    uniform(onnx, inputs[0]!, { shape: value.shape, salt: attr<number>(value, 'salt') }),

  reshape: ({ onnx, value, inputs }) => reshape(onnx, inputs[0]!, value.shape),
  expand: ({ onnx, value, inputs }) => onnx.node('Expand', [inputs[0]!, onnx.shape(value.shape)]),
  transpose: ({ onnx, value, inputs }) =>
    onnx.node('Transpose', inputs, { attributes: { perm: attr<readonly number[]>(value, 'perm') } }),
  slice: ({ onnx, value, inputs }) => {
    const axis = attr<number>(value, 'axis');
    const [start, end] = [attr<Dim>(value, 'start'), attr<Dim>(value, 'end')];
    return onnx.node('Slice', [inputs[0]!, onnx.dim(start), onnx.dim(end), onnx.ints([axis])]);
  },
  pad: ({ onnx, value, inputs }) => {
    const axis = attr<number>(value, 'axis');
    const pads = onnx.shape([attr<Dim>(value, 'before'), attr<Dim>(value, 'after')]);
    return onnx.node('Pad', [inputs[0]!, pads, '', onnx.ints([axis])]);
  },
  concat: ({ onnx, value, inputs }) =>
    onnx.node('Concat', inputs, { attributes: { axis: attr<number>(value, 'axis') } }),

  matmul: same('MatMul'),
  gemm: ({ onnx, value, inputs }) => onnx.node('Gemm', inputs, { attributes: productAttributes(value) }),
  fusedMatmul: ({ onnx, value, inputs }) =>
    onnx.node('FusedMatMul', inputs, { domain: microsoft, attributes: productAttributes(value) }),

  softmax: same('Softmax', { attributes: { axis: -1 } }),
  logSoftmax: same('LogSoftmax', { attributes: { axis: -1 } }),
  rotary: ({ onnx, value, inputs }) => lowerRotary(onnx, inputs, value),
  rmsNorm: ({ onnx, value, inputs }) =>
    onnx.node('SimplifiedLayerNormalization', inputs, {
      attributes: { axis: -1, epsilon: { float: attr<number>(value, 'eps') }, stash_type: 1 },
      outputs: 2,
    }),
  inverseRms: ({ onnx, inputs: [norm] }) => onnx.secondOf(norm!),

  gather: same('Gather', { attributes: { axis: 0 } }),
  scatterAddRows: ({ onnx, value, inputs: [updates, indices] }) => {
    const wide = value.inputs[0]!.shape;
    const column = reshape(onnx, indices!, [wide[0]!, ...wide.slice(1).map(() => 1)]);
    const everywhere = wide.length > 1 ? onnx.node('Expand', [column, onnx.shape(wide)]) : column;
    return onnx.node('ScatterElements', [zeros(onnx, value.shape), everywhere, updates!], {
      attributes: { axis: 0, reduction: 'add' },
    });
  },
  takeAlongLastAxis: ({ onnx, inputs: [x, indices] }) => {
    const picked = onnx.node('GatherElements', [x!, lastAxis(onnx, indices!)], { attributes: { axis: -1 } });
    return onnx.node('Squeeze', [picked, onnx.ints([-1])]);
  },
  scatterLastAxis: ({ onnx, value, inputs: [x, indices] }) =>
    onnx.node('ScatterElements', [zeros(onnx, value.shape), lastAxis(onnx, indices!), lastAxis(onnx, x!)], {
      attributes: { axis: -1 },
    }),
  writeRows: ({ onnx, inputs: [rows, updates, indices] }) =>
    onnx.node('ScatterND', [rows!, lastAxis(onnx, onnx.int64(indices!)), updates!]),
  scatterAddLastAxis: ({ onnx, inputs: [wide, x, indices] }) =>
    onnx.node('ScatterElements', [wide!, lastAxis(onnx, indices!), lastAxis(onnx, x!)], {
      attributes: { axis: -1, reduction: 'add' },
    }),
};
