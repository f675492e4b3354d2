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
  const columns = quantizedColumns(onnx, weight!, { in_, outliers, transposed });
  const product = onnx.node(
    'MatMulIntegerToFloat',
    [rows.values, columns.values, onnx.number(1), columns.scales, onnx.byte(ZERO_POINT)],
    { domain: 'com.microsoft' },
  );
  const scaled = onnx.node('Mul', [product, rows.scales]); // [rows, out]
  const y =
    outliers.length === 0
      ? scaled
      : onnx.node(
          'Gemm',
          [
            onnx.once(`outliers ${outliers} of ${x}`, () => channels(onnx, x, outliers, 1)), // [rows, outliers]
            channels(onnx, weight!, outliers, transposed ? 0 : 1), // [outliers, out] or [out, outliers]
            scaled,
          ],
          { attributes: { transB: Number(!transposed) } },
        );
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
  const bounded = onnx.once(`${key}: float32`, () => withoutOutliers(onnx, x, in_, outliers));
  const scales = onnx.once(`${key}: scales`, () => scalesOf(onnx, bounded, 1)); // [rows]
  const values = onnx.once(key, () => {
    const zeros = onnx.node('Expand', [onnx.byte(ZERO_POINT), onnx.node('Shape', [scales])]);
    return onnx.node('QuantizeLinear', [bounded, scales, zeros], { attributes: { axis: 0 } });
  });
  const column = onnx.once(`${key}: column`, () => onnx.node('Unsqueeze', [scales, onnx.ints([1])]));
  return { values, scales: column };
};

/**
 * A weight as int8 `[in, out]` with zeros for outliers, and its scales `[out]`. Both are constants that ONNX Runtime
 * computes when it creates the session, so every pass over the float32 weight counts: it is transposed as int8.
 */
const quantizedColumns = (
  onnx: OnnxBuilder,
  weight: string,
  { in_, outliers, transposed }: { in_: number; outliers: readonly number[]; transposed: boolean },
): { values: string; scales: string } => {
  const key = `int8 columns of ${weight}${transposed ? '' : ' transposed'} without ${outliers}`;
  const bounded = onnx.once(`${key}: float32`, () =>
    withoutOutliers(onnx, weight, in_, outliers, transposed ? [in_, 1] : [in_]),
  );
  const scales = onnx.once(`${key}: scales`, () => scalesOf(onnx, bounded, transposed ? 0 : 1)); // [out]
  const values = onnx.once(key, () => {
    if (transposed) {
      // With scales along the last axis ONNX Runtime rounds number by number, in five times the time.
      const steps = onnx.node('Div', [bounded, scales]);
      return onnx.node('QuantizeLinear', [steps, onnx.number(1), onnx.signedByte(0)]);
    }
    const zeros = onnx.node('Expand', [onnx.signedByte(0), onnx.node('Shape', [scales])]);
    const rounded = onnx.node('QuantizeLinear', [bounded, scales, zeros], { attributes: { axis: 0 } });
    return onnx.node('Transpose', [rounded], { attributes: { perm: [1, 0] } });
  });
  return { values, scales };
};

/** Largest magnitude along an axis divided by the steps. */
const scalesOf = (onnx: OnnxBuilder, x: string, axis: number): string => {
  const extreme = (opType: string) =>
    onnx.node(opType, [x, onnx.ints([axis])], { attributes: { keepdims: 0 } });
  const largest = onnx.node('Max', [
    extreme('ReduceMax'),
    onnx.node('Neg', [extreme('ReduceMin')]),
    onnx.number(TINY),
  ]);
  return onnx.node('Mul', [largest, onnx.number(1 / STEPS)]);
};

/** x with zeros for outliers; `shape` broadcasts a number for each channel over x. */
const withoutOutliers = (
  onnx: OnnxBuilder,
  x: string,
  in_: number,
  outliers: readonly number[],
  shape: readonly number[] = [in_],
): string => (outliers.length === 0 ? x : onnx.node('Mul', [x, mask(onnx, shape, outliers)]));

/** float32 of one dimension of in: 0 for outliers, 1 for other channels. */
const mask = (onnx: OnnxBuilder, shape: readonly number[], outliers: readonly number[]): string =>
  onnx.once(`${shape} channels without ${outliers}`, () => {
    const data = new Float32Array(shape[0]!).fill(1);
    for (const channel of outliers) data[channel] = 0;
    return onnx.constant({ dtype: 'float32', shape, data });
  });

const channels = (onnx: OnnxBuilder, x: string, indices: readonly number[], axis: number): string =>
  onnx.node('Gather', [x, onnx.ints(indices)], { attributes: { axis } });
