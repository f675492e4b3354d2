import { add, dropout, linear, matmul, mul, swapLast, type Value } from '@charter/tensor';
import { parameterNames } from './lora-parameters.js';
import type { LoraTarget } from './lora-targets.js';
import { nameHash } from './name-hash.js';

/**
 * How a linear layer of a model is built.
 *
 * @param x `[tokens, in_features]`
 * @param layer `name` is the module's path; `weight` is `[out, in]`, `bias` `[out]`
 * @returns `[tokens, out_features]`
 */
export type LinearLayer = (
  x: Value,
  layer: { readonly name: string; readonly weight: Value; readonly bias?: Value | undefined },
) => Value;

export interface LoraLinearOptions {
  /** The value that holds a trained matrix: a graph input, or a slice of a flat one. */
  readonly parameter: (name: string, shape: readonly [number, number]) => Value;
  /** Dropout on the adapters' inputs with probability `p`; `seed` is an int32 scalar, another one for every step. */
  readonly dropout?: { readonly p: number; readonly seed: Value } | undefined;
  /** How the frozen product is built; default: `x weightᵀ + bias`. */
  readonly base?: LinearLayer | undefined;
}

const plain: LinearLayer = (x, { weight, bias }) => linear(x, weight, bias);

/**
 * Linear layers with LoRA: `base(x) + s · B (A dropout(x))` for the targets, `base(x)` for the others.
 *
 * @see Hu et al. 2021, equation 3; peft `lora.Linear.forward`
 */
export const loraLinear = (
  targets: readonly LoraTarget[],
  { parameter, dropout: drop, base = plain }: LoraLinearOptions,
): LinearLayer => {
  const byName = new Map(targets.map(target => [target.name, target]));
  return (x, layer) => {
    const frozen = base(x, layer); // [tokens, out]
    const target = byName.get(layer.name);
    if (!target) return frozen;
    const { r, scaling, in_features, out_features } = target;
    const names = parameterNames(target.name);
    const a = parameter(names.A, [r, in_features]);
    const b = parameter(names.B, [out_features, r]);
    const dropped = drop ? dropout(x, drop.seed, { p: drop.p, salt: nameHash(target.name) }) : x;
    const down = matmul(dropped, swapLast(a)); // [tokens, r]
    // Scaled here, forward and backward pass touch r numbers a token instead of out_features, and an engine with a
    // general matrix product (alpha · x y + z) needs no pass of its own for the scale or for the sum.
    const scaled = scaling === 1 ? down : mul(down, scaling); // [tokens, r]
    return add(frozen, matmul(scaled, swapLast(b))); // [tokens, out]
  };
};
