import type { FrozenWeight, Int8LinearAttrs, OperationValue } from '@charter/tensor';
import type { LoweringContext } from './lowering-context.js';
import type { OnnxBuilder } from './onnx-builder.js';

/** Steps from 0 to the largest magnitude; uint8 activations have their zero in the middle. */
const STEPS = 127;
const ZERO_POINT = 128;
/** Smallest magnitude that counts as a row's or a column's largest, so that zeros have a scale. */
const TINY = 1e-30;

/** True when the weight is known at compile time in full precision: then its 8-bit form is made once. */
export const fusesInt8Linear = (
  { inputs }: OperationValue,
  weights: ReadonlyMap<string, FrozenWeight>,
): boolean => {
  const weight = inputs[1]!;
  const stored = weight.kind === 'weight' ? weights.get(weight.name) : undefined;
  return stored !== undefined && !('block' in stored);
};

/**
 * `int8Linear` by ONNX Runtime's product of uint8 activations and int8 weights, the pair of types with fast kernels.
 * The 8-bit weight is folded from the float32 one when the session is created. Outlier channels are zeros there and
 * have a narrow float32 product of their own.
 */
export const lowerInt8Linear = ({
  onnx,
  value,
  attrs: { outliers, transposed = false },
  inputs: [input, weight],
}: LoweringContext<Int8LinearAttrs>): string => {
  const in_ = value.inputs[0]!.shape.at(-1) as number;
  const isFlat = value.shape.length === 2;
  const x = isFlat
    ? input!
    : onnx.once(`${input} flat`, () => onnx.node('Reshape', [input!, onnx.ints([-1, in_])])); // [rows, in]
  const rows = quantizedRows(onnx, x, in_, outliers);
  const float32 = transposed
    ? weight!
    : onnx.once(`${weight} transposed`, () => onnx.node('Transpose', [weight!])); // [in, out]
  const columns = quantizedColumns(onnx, float32, in_, outliers);
  const product = onnx.node(
    'MatMulIntegerToFloat',
    [rows.values, columns.values, onnx.number(1), columns.scales, onnx.byte(ZERO_POINT)],
    { domain: 'com.microsoft' },
  );
  const scaled = onnx.node('Mul', [product, rows.scales]); // [rows, out]
  const y =
    outliers.length === 0
      ? scaled
      : onnx.node('Gemm', [
          onnx.once(`outliers ${outliers} of ${x}`, () => channels(onnx, x, outliers, 1)), // [rows, outliers]
          channels(onnx, float32, outliers, 0), // [outliers, out]
          scaled,
        ]);
  return isFlat ? y : onnx.node('Reshape', [y, onnx.shape(value.shape)], { attributes: { allowzero: 1 } });
};

/** Rows of x as uint8 `[rows, in]`, and their scales `[rows, 1]`; shared by layers over the same x. */
const quantizedRows = (
  onnx: OnnxBuilder,
  x: string,
  in_: number,
  outliers: readonly number[],
): { values: string; scales: string } => {
  const key = `int8 rows of ${x} without ${outliers}`;
  const bounded = onnx.once(`${key}: float32`, () =>
    outliers.length > 0 ? onnx.node('Mul', [x, mask(onnx, in_, outliers)]) : x,
  );
  const scales = onnx.once(`${key}: scales`, () => scaleOf(onnx, bounded, 1)); // [rows]
  const values = onnx.once(key, () => {
    const zeros = onnx.node('Expand', [onnx.byte(ZERO_POINT), onnx.node('Shape', [scales])]);
    return onnx.node('QuantizeLinear', [bounded, scales, zeros], { attributes: { axis: 0 } });
  });
  const column = onnx.once(`${key}: column`, () => onnx.node('Unsqueeze', [scales, onnx.ints([1])]));
  return { values, scales: column };
};

/** A weight `[in, out]` as int8 with zeros for outliers, and its scales `[out]`: both constants. */
const quantizedColumns = (
  onnx: OnnxBuilder,
  weight: string,
  in_: number,
  outliers: readonly number[],
): { values: string; scales: string } => {
  const key = `int8 columns of ${weight} without ${outliers}`;
  const bounded = onnx.once(`${key}: float32`, () => {
    if (outliers.length === 0) return weight;
    const column = onnx.node('Reshape', [mask(onnx, in_, outliers), onnx.ints([in_, 1])]);
    return onnx.node('Mul', [weight, column]);
  });
  const scales = onnx.once(`${key}: scales`, () => scaleOf(onnx, bounded, 0)); // [out]
  const values = onnx.once(key, () =>
    onnx.cast(onnx.node('Round', [onnx.node('Div', [bounded, scales])]), 'int8'),
  );
  return { values, scales };
};

/** Largest magnitude along an axis divided by the steps. */
const scaleOf = (onnx: OnnxBuilder, x: string, axis: number): string => {
  const largest = onnx.node('ReduceMax', [onnx.node('Abs', [x]), onnx.ints([axis])], {
    attributes: { keepdims: 0 },
  });
  return onnx.node('Mul', [onnx.node('Max', [largest, onnx.number(TINY)]), onnx.number(1 / STEPS)]);
};

/** float32 `[in]`: 0 for outliers, 1 for other channels. */
const mask = (onnx: OnnxBuilder, in_: number, outliers: readonly number[]): string =>
  onnx.once(`${in_} channels without ${outliers}`, () => {
    const data = new Float32Array(in_).fill(1);
    for (const channel of outliers) data[channel] = 0;
    return onnx.constant({ dtype: 'float32', shape: [in_], data });
  });

const channels = (onnx: OnnxBuilder, x: string, indices: readonly number[], axis: number): string =>
  onnx.node('Gather', [x, onnx.ints(indices)], { attributes: { axis } });
