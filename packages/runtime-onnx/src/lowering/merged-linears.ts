import type { QuantizedMatrix, Value } from '@charter/tensor';
import type { OnnxBuilder } from './onnx-builder.js';
import { isLinear, type QuantizedParts, quantizedProduct } from './quantized-lowering.js';
import type { WeightInitializers } from './weight-initializers.js';

interface Member {
  readonly value: Value;
  readonly matrix: QuantizedMatrix;
}

/**
 * Products of the same x by several quantized matrices, such as q, k and v, as one product by all their rows: x is
 * rounded to 8 bits once, and threads start once. The matrices are put together when the session is created.
 */
export class MergedLinears {
  readonly #groups = new Map<Value, Member[]>();
  readonly #made = new Map<Value, string>();

  constructor(
    private readonly stored: WeightInitializers,
    values: readonly Value[],
  ) {
    const alike = new Map<string, Member[]>();
    for (const value of values) {
      const matrix = isLinear(value) ? stored.quantized(value.inputs[1]!) : undefined;
      if (!matrix) continue;
      const key = `${value.inputs[0]!.id} ${matrix.dtype} ${matrix.block} ${matrix.zeroPoints !== undefined}`;
      const group = alike.get(key) ?? [];
      group.push({ value, matrix });
      alike.set(key, group);
      this.#groups.set(value, group);
    }
  }

  /** `x wᵀ` for one of the products, which makes those of its whole group; undefined where it is alone. */
  lower(onnx: OnnxBuilder, value: Value, x: string): string | undefined {
    const group = this.#groups.get(value);
    if (!group || group.length < 2) return undefined;
    if (!this.#made.has(value)) this.#make(onnx, group, x);
    return this.#made.get(value);
  }

  #make(onnx: OnnxBuilder, group: readonly Member[], x: string): void {
    const parts = group.map(({ value, matrix }) =>
      this.stored.parts(onnx, value.inputs[1]!.attrs.name as string, matrix),
    );
    const together = (part: keyof QuantizedParts): string =>
      onnx.node(
        'Concat',
        parts.map(one => one[part]!),
        { attributes: { axis: 0 } },
      );
    const sizes = group.map(({ matrix }) => matrix.shape[0]);
    const { shape, zeroPoints, ...alike } = group[0]!.matrix;
    const out = sizes.reduce((sum, size) => sum + size, 0);
    const y = quantizedProduct(onnx, { ...alike, shape: [out, shape[1]] }, x, {
      values: together('values'),
      scales: together('scales'),
      zeroPoints: zeroPoints && together('zeroPoints'),
    });
    const split = onnx.nodes('Split', [y, onnx.ints(sizes)], {
      attributes: { axis: -1 },
      outputs: group.length,
    });
    group.forEach(({ value }, i) => {
      this.#made.set(value, split[i]!);
    });
  }
}
