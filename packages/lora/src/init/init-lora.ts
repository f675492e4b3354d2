import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { LoraConfig } from '../config/lora-config.js';
import type { LoraTarget } from '../config/lora-targets.js';
import { LoraError } from '../errors.js';
import { parameterNames } from '../linear/lora-parameters.js';
import { nameHash } from '../linear/name-hash.js';

/**
 * Starting values of an adapter's matrices; `initFromBase` gives the rest. Each matrix is drawn from a generator of its own, seeded by `seed` and its name, so
 * that adding a target changes no other.
 *
 * - `true`: A uniform in ±1/sqrt(in) (Kaiming with a = sqrt 5), B zero
 * - `'gaussian'`: A normal with deviation 1/r, B zero
 * - `false`: A uniform in ±1/sqrt(in), B uniform in ±1/sqrt(r); the adapter does not start as nothing
 *
 * @param options.seed int32
 * @returns values by PEFT's names, row-major, float32
 * @throws {LoraError} for PEFT's other ways, which need data or the base's weights
 * @see Hu et al. 2021, section 4.1; peft `LoraLayer.reset_lora_parameters`
 */
export const initLora = (
  targets: readonly LoraTarget[],
  {
    seed,
    init_lora_weights = true,
  }: { readonly seed: number; readonly init_lora_weights?: LoraConfig['init_lora_weights'] | undefined },
): Map<string, Float32Array> => {
  if (typeof init_lora_weights === 'string' && init_lora_weights !== 'gaussian') {
    throw new LoraError(
      `init_lora_weights: "${init_lora_weights}" is not supported; use true, false or "gaussian".`,
      '',
      ['init_lora_weights'],
    );
  }
  const values = new Map<string, Float32Array>();
  for (const { name, kind, r, in_features, out_features } of targets) {
    if (kind === 'full') continue;
    const names = parameterNames(name);
    const draw = init_lora_weights === 'gaussian' ? normal(1 / r) : uniform(1 / Math.sqrt(in_features));
    values.set(names.A, fill(r * in_features, draw, seed ^ nameHash(names.A)));
    values.set(
      names.B,
      init_lora_weights === false
        ? fill(out_features * r, uniform(1 / Math.sqrt(r)), seed ^ nameHash(names.B))
        : new Float32Array(out_features * r),
    );
  }
  return values;
};

type Generator = ReturnType<typeof xoroshiro128plus>;

const fill = (size: number, draw: (generator: Generator) => number, seed: number): Float32Array => {
  const generator = xoroshiro128plus(seed | 0);
  return Float32Array.from({ length: size }, () => draw(generator));
};

const uniform =
  (bound: number) =>
  (generator: Generator): number =>
    (2 * uniformFloat64(generator) - 1) * bound;

/** Box and Muller 1958. */
const normal =
  (deviation: number) =>
  (generator: Generator): number => {
    const radius = Math.sqrt(-2 * Math.log(1 - uniformFloat64(generator)));
    return deviation * radius * Math.cos(2 * Math.PI * uniformFloat64(generator));
  };
