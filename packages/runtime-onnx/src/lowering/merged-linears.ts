import type { QuantizedMatrix, Value } from '@charter/tensor';
import type { OnnxBuilder } from './onnx-builder.js';
import { isLinear, type QuantizedParts, quantizedProduct } from './quantized-lowering.js';
import type { WeightInitializers } from './weight-initializers.js';

interface Member {
  readonly value: Value;
  /** Name of the weight. */
  readonly name: string;
  readonly matrix: QuantizedMatrix;
}

/**
 * Linear layers over the same x with quantized weights, such as the query, key and value projections, merged into one
 * product: x is quantized once, and threads start once. ONNX Runtime concatenates the weights when it creates the session.
 */
export class MergedLinears {
  readonly #groups = new Map<Value, Member[]>();
  readonly #lowered = new Map<Value, string>();

  constructor(
    private readonly initializers: WeightInitializers,
    values: readonly Value[],
  ) {
    const groups = new Map<string, Member[]>();
    for (const value of values) {
      const found = isLinear(value) ? initializers.quantized(value.inputs[1]!) : undefined;
      if (!found) continue;
      const { name, matrix } = found;
      const key = `${value.inputs[0]!.id} ${matrix.dtype} ${matrix.block} ${matrix.zeroPoints !== undefined}`;
      const group = groups.get(key) ?? [];
      group.push({ value, name, matrix });
      groups.set(key, group);
      this.#groups.set(value, group);
    }
  }

  /** Name of `x wᵀ` for one layer, which lowers its whole group; undefined when it has no other member. */
  lower(onnx: OnnxBuilder, value: Value, x: string): string | undefined {
    const group = this.#groups.get(value);
    if (!group || group.length < 2) return undefined;
    if (!this.#lowered.has(value)) this.#lowerGroup(onnx, group, x);
    return this.#lowered.get(value);
  }

  #lowerGroup(onnx: OnnxBuilder, group: readonly Member[], x: string): void {
    const parts = group.map(({ name, matrix }) => this.initializers.parts(onnx, name, matrix));
    const concatenated = (part: keyof QuantizedParts): string =>
      onnx.node(
        'Concat',
        parts.map(one => one[part]!),
        { attributes: { axis: 0 } },
      );
    const sizes = group.map(({ matrix }) => matrix.shape[0]);
    const { shape, zeroPoints, ...layout } = group[0]!.matrix;
    const out = sizes.reduce((sum, size) => sum + size, 0);
    const y = quantizedProduct(onnx, { ...layout, shape: [out, shape[1]] }, x, {
      values: concatenated('values'),
      scales: concatenated('scales'),
      zeroPoints: zeroPoints && concatenated('zeroPoints'),
    });
    const split = onnx.nodes('Split', [y, onnx.ints(sizes)], {
      attributes: { axis: -1 },
      outputs: group.length,
    });
    group.forEach(({ value }, i) => {
      this.#lowered.set(value, split[i]!);
    });
  }
}
