import type { LinearLayer } from '@charter/models';
import { add, dropout, linear, matmul, mul, sub, swapLast, type Value } from '@charter/tensor';
import type { LoraTarget } from '../config/lora-targets.js';
import { parameterNames, savedName } from './lora-parameters.js';
import { magnitudeScale } from './magnitude-scale.js';
import { nameHash } from './name-hash.js';

export interface LoraLinearOptions {
  /** The value that holds a trained matrix: a graph input, or a slice of a flat one. */
  readonly parameter: (name: string, shape: readonly number[]) => Value;
  /** Dropout on the adapters' inputs with probability `p`; `seed` is an int32 scalar, another one for every step. */
  readonly dropout?: { readonly p: number; readonly seed: Value } | undefined;
  /** Builder of the frozen product; default: `x weightᵀ + bias`. */
  readonly base?: LinearLayer | undefined;
}

const plain: LinearLayer = (x, { weight, bias }) => linear(x, weight, bias);

/**
 * Linear layers with LoRA: `base(x) + s · B (A dropout(x))` for the targets, `base(x)` for the others. With DoRA each
 * row of `W + s B A` is scaled to its magnitude, its own norm taken as a constant. Fully trained modules replace theirs.
 *
 * @see Hu et al. 2021, equation 3; peft `lora.Linear.forward`
 * @see Liu et al. 2024, equation 5 and section 4.3; peft `DoraLinearLayer.forward`
 */
export const loraLinear = (
  targets: readonly LoraTarget[],
  { parameter, dropout: drop, base = plain }: LoraLinearOptions,
): LinearLayer => {
  const adapted = new Map(targets.flatMap(t => (t.kind === 'full' ? [] : [[t.name, t] as const])));
  const full = new Set(targets.flatMap(t => Object.keys(t.trained ?? {}).map(part => `${t.name}.${part}`)));
  const build = (x: Value, layer: Parameters<LinearLayer>[1]): Value => {
    const target = adapted.get(layer.name);
    if (!target) return base(x, layer);
    const { kind, r, scaling, in_features, out_features } = target;
    const names = parameterNames(target.name);
    const a = parameter(names.A, [r, in_features]);
    const b = parameter(names.B, [out_features, r]);
    const dropped = drop ? dropout(x, drop.seed, { p: drop.p, salt: nameHash(target.name) }) : x;
    const down = matmul(dropped, swapLast(a)); // [tokens, r]
    // Scaled here, forward and backward pass touch r numbers a token instead of out_features, and an engine with a
    // general matrix product (alpha · x y + z) needs no pass of its own for the scale or for the sum.
    const scaled = scaling === 1 ? down : mul(down, scaling); // [tokens, r]
    if (kind !== 'dora') return add(base(x, layer), matmul(scaled, swapLast(b))); // [tokens, out]

    const magnitude = parameter(names.magnitude, [out_features]);
    const scale = magnitudeScale(magnitude, { weight: layer.weight, a, b, scaling }); // [out]
    const frozen = base(dropped, { ...layer, bias: undefined }); // [tokens, out]
    const product = mul(add(frozen, matmul(scaled, swapLast(b))), scale); // [tokens, out]
    // As in PEFT, dropout leaves what the base alone gives: W x + (m/‖·‖ (W + s B A) - W) dropout(x).
    const kept = drop ? add(product, sub(base(x, { ...layer, bias: undefined }), frozen)) : product;
    return layer.bias ? add(kept, layer.bias) : kept;
  };
  const weight = (name: string, shape: readonly number[]) =>
    full.has(name) ? parameter(savedName(name), shape) : undefined;
  return Object.assign(build, { weight });
};
