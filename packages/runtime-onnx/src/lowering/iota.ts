import type { Dim } from '@charter/tensor';
import type { OnnxBuilder } from './onnx-builder.js';

/** 0, 1, … as int32 `[size]`. */
export const iota = (onnx: OnnxBuilder, size: Dim): string => {
  const [zero, one] = [0, 1].map(n => onnx.constant({ dtype: 'int32', shape: [], data: Int32Array.of(n) }));
  return onnx.node('Range', [zero!, onnx.cast(onnx.dimScalar(size), 'int32'), one!]);
};
