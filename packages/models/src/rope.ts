import { concat, float32, type Graph, gather, reshape, type Tensor, type Value } from '@charter/tensor';
import type { RopeParameters } from './rope-parameters.js';

const f32 = Math.fround;

/**
 * Radians by which each pair of a head turns from one position to the next, `[head_dim / 2]`.
 *
 * transformers works them out in float32, so the same roundings are made here: at position 8000 the last bit of a
 * frequency already moves an angle by 0.0005.
 *
 * @see Su et al. 2021, section 3.4; transformers `modeling_rope_utils.py`
 */
export const inverseFrequencies = (rope: RopeParameters, head_dim: number): number[] => {
  const frequencies = Array.from({ length: head_dim / 2 }, (_, i) =>
    f32(1 / f32(rope.rope_theta ** f32((2 * i) / head_dim))),
  );
  switch (rope.rope_type) {
    case 'default':
      return frequencies;
    case 'linear':
      return frequencies.map(frequency => f32(frequency / rope.factor));
    case 'llama3':
      return frequencies.map(frequency => f32(llama3Frequency(frequency, rope)));
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
  const cos = new Float32Array(positions * frequencies.length);
  const sin = new Float32Array(cos.length);
  let at = 0;
  for (let position = 0; position < positions; position++) {
    for (const frequency of frequencies) {
      const angle = f32(position * frequency);
      cos[at] = Math.cos(angle);
      sin[at++] = Math.sin(angle);
    }
  }
  const shape = [positions, frequencies.length];
  return { cos: float32(cos, shape), sin: float32(sin, shape) };
};

/** What `rotary` turns queries and keys with; each broadcasts over the heads. */
export interface Rotation {
  /** `[rows, 1, time, head_dim]` */
  readonly cos: Value;
  /** `[rows, 1, time, head_dim]` */
  readonly sin: Value;
}

/** The rotation of each token from its position, int32 `[rows, time]`, below `positions`. */
export const rotationOf = (
  graph: Graph,
  positionIds: Value,
  { rope, head_dim, positions }: { rope: RopeParameters; head_dim: number; positions: number },
): Rotation => {
  const [rows, time] = positionIds.shape as [number, number];
  const tables = rotaryTables(rope, head_dim, positions);
  const lookUp = (table: Tensor): Value => {
    const half = gather(graph.constant(table), positionIds); // [rows, time, head_dim / 2]
    return reshape(concat([half, half], { axis: 2 }), { shape: [rows, 1, time, head_dim] });
  };
  return { cos: lookUp(tables.cos), sin: lookUp(tables.sin) };
};
