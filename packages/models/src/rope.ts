import {
  concat,
  float32,
  type Graph,
  gather,
  reshape,
  rotary,
  slice,
  type Tensor,
  type Value,
} from '@charter/tensor';
import { ModelConfigError } from './errors.js';
import type { ModelConfig } from './model-config.js';
import type { RopeParameters } from './rope-parameters.js';

const f32 = Math.fround;

/**
 * Radians by which each pair of a head turns from one position to the next, `[head_dim / 2]`.
 *
 * transformers works them out in float32, so the same roundings are made here: at position 8000 the last bit of a
 * frequency already moves an angle by 0.0005.
 *
 * @param head_dim how many elements of a head are rotated
 * @see Su et al. 2021, section 3.4; transformers `modeling_rope_utils.py`
 */
export const inverseFrequencies = (rope: RopeParameters, head_dim: number): number[] => {
  const powers = Array.from({ length: head_dim / 2 }, (_, i) =>
    f32(rope.rope_theta ** f32((2 * i) / head_dim)),
  );
  const frequencies = powers.map(power => f32(1 / power));
  switch (rope.rope_type) {
    case 'default':
    // Up to max_position_embeddings nothing is scaled, and checkPositions allows no more.
    case 'dynamic':
      return frequencies;
    case 'linear':
      return frequencies.map(frequency => f32(frequency / rope.factor));
    case 'llama3':
      return frequencies.map(frequency => f32(llama3Frequency(frequency, rope)));
    case 'longrope':
      return rope.short_factor.map((factor, i) => f32(1 / f32(f32(factor) * powers[i]!)));
  }
};

/** Long waves are stretched by `factor`, short ones stay, those between are blended (Llama 3.1). */
const llama3Frequency = (
  frequency: number,
  rope: Extract<RopeParameters, { rope_type: 'llama3' }>,
): number => {
  const { factor, low_freq_factor: low, high_freq_factor: high } = rope;
  const context = rope.original_max_position_embeddings;
  const wavelength = (2 * Math.PI) / frequency;
  if (wavelength > context / low) return frequency / factor;
  if (wavelength < context / high) return frequency;
  const smooth = (context / wavelength - low) / (high - low);
  return ((1 - smooth) * frequency) / factor + smooth * frequency;
};

/** Cosine and sine of every position's angles, float32 `[positions, head_dim / 2]` each. */
export const rotaryTables = (
  rope: RopeParameters,
  head_dim: number,
  positions: number,
): { cos: Tensor; sin: Tensor } => {
  const frequencies = inverseFrequencies(rope, head_dim);
  const scale = rope.rope_type === 'longrope' ? rope.attention_factor : 1;
  const cos = new Float32Array(positions * frequencies.length);
  const sin = new Float32Array(cos.length);
  let at = 0;
  for (let position = 0; position < positions; position++) {
    for (const frequency of frequencies) {
      const angle = f32(position * frequency);
      cos[at] = scale * Math.cos(angle);
      sin[at++] = scale * Math.sin(angle);
    }
  }
  const shape = [positions, frequencies.length];
  return { cos: float32(cos, shape), sin: float32(sin, shape) };
};

/** What queries and keys are turned with; each broadcasts over the heads. */
export interface Rotation {
  /** `[rows, 1, time, d]`, where d is `head_dim` or the part of it that is rotated */
  readonly cos: Value;
  /** `[rows, 1, time, d]` */
  readonly sin: Value;
}

/** The rotation of each token from its position, int32 `[rows, time]`, below `positions`. */
export const rotationOf = (
  graph: Graph,
  positionIds: Value,
  { rope, head_dim, positions }: { rope: RopeParameters; head_dim: number; positions: number },
): Rotation => {
  const [rows, time] = positionIds.shape as [number, number];
  const rotated = Math.floor(head_dim * (rope.partial_rotary_factor ?? 1));
  const tables = rotaryTables(rope, rotated, positions);
  const lookUp = (table: Tensor): Value => {
    const half = gather(graph.constant(table), positionIds); // [rows, time, rotated / 2]
    return reshape(concat([half, half], { axis: 2 }), { shape: [rows, 1, time, rotated] });
  };
  return { cos: lookUp(tables.cos), sin: lookUp(tables.sin) };
};

/** `x [rows, heads, time, head_dim]`, turned: all of each head, or its first part. */
export const rotate = (x: Value, { cos, sin }: Rotation): Value => {
  const [axis, size, rotated] = [3, x.shape[3] as number, cos.shape[3] as number];
  if (rotated === size) return rotary(x, cos, sin);
  const turned = rotary(slice(x, { axis, start: 0, end: rotated }), cos, sin);
  return concat([turned, slice(x, { axis, start: rotated, end: size })], { axis });
};

/**
 * Whether positions up to `maxPositions` can be rotated.
 *
 * @throws {ModelConfigError} where all frequencies change once a text is longer than `max_position_embeddings`
 */
export const checkPositions = (
  { rope_parameters, max_position_embeddings }: ModelConfig,
  maxPositions: number,
): void => {
  const { rope_type } = rope_parameters;
  if (maxPositions <= max_position_embeddings || (rope_type !== 'dynamic' && rope_type !== 'longrope'))
    return;
  throw new ModelConfigError(
    `rope_type "${rope_type}" changes the frequencies of all positions once a text has more than ` +
      `${max_position_embeddings} tokens, which is not supported; ${maxPositions} were asked for. Set max_length to ` +
      `at most ${max_position_embeddings}.`,
    'config.json',
    'rope_parameters.rope_type',
  );
};
