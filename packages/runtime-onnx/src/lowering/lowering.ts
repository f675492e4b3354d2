import type { AttrsOf, OpAttrs, ReduceAttrs, Shape } from '@charter/tensor';
import type { scatterAddLastAxis } from '../passes/fold-one-hot.js';
import type { fusedMatmul, gemm, ProductAttrs } from '../passes/fold-products.js';
import type { inverseRms } from '../passes/share-inverse-rms.js';
import { lowerInt8Linear } from './int8-linear-lowering.js';
import { iota } from './iota.js';
import { lowerSigmoid } from './logistic-lowering.js';
import type { Lowering } from './lowering-context.js';
import type { Attribute, NodeOptions, OnnxBuilder } from './onnx-builder.js';
import { lowerRotary } from './rotary-lowering.js';
import { uniform } from './uniform.js';
import type { writeRows } from './write-rows.js';

/** Operations that the passes of this engine make. */
interface EngineOps {
  readonly gemm: typeof gemm;
  readonly fusedMatmul: typeof fusedMatmul;
  readonly scatterAddLastAxis: typeof scatterAddLastAxis;
  readonly inverseRms: typeof inverseRms;
  readonly writeRows: typeof writeRows;
}

type LoweredAttrs = OpAttrs & { readonly [N in keyof EngineOps]: AttrsOf<EngineOps[N]> };

/** One row for each operation that an engine lowers, by its name. */
export type LoweringTable = { readonly [N in keyof LoweredAttrs]?: Lowering<LoweredAttrs[N]> };

export const loweringOf = (table: LoweringTable, op: string): Lowering | undefined =>
  table[op as keyof LoweringTable] as Lowering | undefined;

/** One ONNX operator with the same inputs. */
const same =
  (opType: string, options?: NodeOptions): Lowering =>
  ({ onnx, inputs }) =>
    onnx.node(opType, inputs, options);

const microsoft = 'com.microsoft';

const reshape = (onnx: OnnxBuilder, x: string, shape: Shape): string => {
  const open = shape.filter(dim => typeof dim === 'string').length;
  // -1 lets ONNX Runtime infer the shape when it plans; it cannot when another dimension is 0.
  if (open === 1 && !shape.includes(0)) {
    return onnx.node('Reshape', [x, onnx.ints(shape.map(dim => (typeof dim === 'number' ? dim : -1)))]);
  }
  return onnx.node('Reshape', [x, onnx.shape(shape)], { attributes: { allowzero: 1 } });
};

const reduction =
  (opType: string): Lowering<ReduceAttrs> =>
  ({ onnx, value, attrs: { axes, keepdims = false }, inputs: [x] }) => {
    // ONNX takes no axes for all axes.
    if (axes.length === 0) return x!;
    const reduced = onnx.node(opType, [x!, onnx.ints(axes)], { attributes: { keepdims: Number(keepdims) } });
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

const productAttributes = ({ alpha, transA, transB }: ProductAttrs): Record<string, Attribute> => ({
  alpha: { float: alpha },
  transA: Number(transA),
  transB: Number(transB),
});

/** ONNX nodes of each operation, one row for each. Composites that have a row are fused, the others decomposed. */
export const lowerings: LoweringTable = {
  neg: same('Neg'),
  exp: same('Exp'),
  log: same('Log'),
  sqrt: same('Sqrt'),
  reciprocal: same('Reciprocal'),
  sigmoid: lowerSigmoid,
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
  topKValues: ({ onnx, attrs: { k }, inputs: [x] }) => topK(onnx, x!, k),
  topKIndices: ({ onnx, attrs: { k }, inputs: [x] }) => onnx.cast(onnx.secondOf(topK(onnx, x!, k)), 'int32'),
  dimSize: ({ onnx, attrs }) => onnx.cast(onnx.dimScalar(attrs.dim), 'float32'),
  iota: ({ onnx, attrs }) => iota(onnx, attrs.size),
  uniform: ({ onnx, attrs, inputs }) => uniform(onnx, inputs[0]!, attrs),

  reshape: ({ onnx, value, inputs }) => reshape(onnx, inputs[0]!, value.shape),
  expand: ({ onnx, value, inputs }) => onnx.node('Expand', [inputs[0]!, onnx.shape(value.shape)]),
  transpose: ({ onnx, attrs: { perm }, inputs }) => onnx.node('Transpose', inputs, { attributes: { perm } }),
  slice: ({ onnx, attrs: { axis, start, end }, inputs }) =>
    onnx.node('Slice', [inputs[0]!, onnx.dim(start), onnx.dim(end), onnx.ints([axis])]),
  pad: ({ onnx, attrs: { axis, before, after }, inputs }) =>
    onnx.node('Pad', [inputs[0]!, onnx.shape([before, after]), '', onnx.ints([axis])]),
  concat: ({ onnx, attrs: { axis }, inputs }) => onnx.node('Concat', inputs, { attributes: { axis } }),

  matmul: same('MatMul'),
  int8Linear: lowerInt8Linear,
  gemm: ({ onnx, attrs, inputs }) => onnx.node('Gemm', inputs, { attributes: productAttributes(attrs) }),
  fusedMatmul: ({ onnx, attrs, inputs }) =>
    onnx.node('FusedMatMul', inputs, { domain: microsoft, attributes: productAttributes(attrs) }),

  softmax: same('Softmax', { attributes: { axis: -1 } }),
  logSoftmax: same('LogSoftmax', { attributes: { axis: -1 } }),
  rotary: ({ onnx, value, inputs }) => lowerRotary(onnx, inputs, value),
  rmsNorm: ({ onnx, attrs: { eps }, inputs }) =>
    onnx.node('SimplifiedLayerNormalization', inputs, {
      attributes: { axis: -1, epsilon: { float: eps }, stash_type: 1 },
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
