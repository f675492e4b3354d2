import {
  concat,
  float32,
  type Graph,
  gather,
  reshape,
  rotary,
  sizeOf,
  slice,
  type Tensor,
  type Value,
} from '@charter/tensor';
import type { RopeParameters } from '../config/rope-parameters.js';
import { dependsOnLength, inverseFrequencies } from './rope-frequencies.js';

const f32 = Math.fround;

/**
 * Cosine and sine of each token's angles, float32 `[tokens, head_dim / 2]` each.
 *
 * @param positions of each token
 * @param lengths of the text that each token stands in, where frequencies depend on it
 */
export const rotaryTables = (
  rope: RopeParameters,
  head_dim: number,
  positions: ArrayLike<number>,
  lengths?: ArrayLike<number>,
): { cos: Tensor<'float32'>; sin: Tensor<'float32'> } => {
  const scale = 'attention_factor' in rope ? rope.attention_factor : 1;
  const half = head_dim / 2;
  const cos = new Float32Array(positions.length * half);
  const sin = new Float32Array(cos.length);
  let [at, length] = [0, lengths?.[0] ?? 0];
  let frequencies = inverseFrequencies(rope, head_dim, length);
  for (let token = 0; token < positions.length; token++) {
    if (lengths && lengths[token] !== length) {
      length = lengths[token]!;
      frequencies = inverseFrequencies(rope, head_dim, length);
    }
    for (const frequency of frequencies) {
      const angle = f32(positions[token]! * frequency);
      cos[at] = scale * Math.cos(angle);
      sin[at++] = scale * Math.sin(angle);
    }
  }
  const shape = [positions.length, half];
  return { cos: float32(cos, shape), sin: float32(sin, shape) };
};

/** Number of elements of a head that are rotated. */
export const rotatedSize = (rope: RopeParameters, head_dim: number): number =>
  Math.floor(head_dim * (rope.partial_rotary_factor ?? 1));

/** Cosines and sines that queries and keys are rotated with; each broadcasts over the heads. */
export interface Rotation {
  /** `[tokens, 1, d]`, where d is `head_dim` or the part of it that is rotated */
  readonly cos: Value;
  /** `[tokens, 1, d]` */
  readonly sin: Value;
}

/**
 * The rotation of each token from its position, int32 of any shape, below `positions`. Where frequencies depend on the
 * length of a text, cosines and sines are inputs of the graph instead, which `rotaryFeeds` computes.
 */
export const rotationOf = (
  graph: Graph,
  positionIds: Value,
  { rope, head_dim, positions }: { rope: RopeParameters; head_dim: number; positions: number },
): Rotation => {
  const tokens = sizeOf(positionIds.shape);
  const rotated = rotatedSize(rope, head_dim);
  const bothHalves = (half: Value): Value =>
    reshape(concat([half, half], { axis: half.shape.length - 1 }), { shape: [tokens, 1, rotated] });
  if (dependsOnLength(rope)) {
    const perToken = (name: string) => graph.input(name, 'float32', [...positionIds.shape, rotated / 2]);
    return { cos: bothHalves(perToken('rotary_cos')), sin: bothHalves(perToken('rotary_sin')) };
  }
  const tables = rotaryTables(
    rope,
    rotated,
    Array.from({ length: positions }, (_, position) => position),
  );
  const lookUp = (table: Tensor): Value => bothHalves(gather(graph.constant(table), positionIds)); // [tokens, 1, rotated]
  return { cos: lookUp(tables.cos), sin: lookUp(tables.sin) };
};

/** `x [tokens, heads, head_dim]`, turned: all of each head, or its first part. */
export const rotate = (x: Value, { cos, sin }: Rotation): Value => {
  const [axis, size, rotated] = [2, x.shape[2] as number, cos.shape[2] as number];
  if (rotated === size) return rotary(x, cos, sin);
  const turned = rotary(slice(x, { axis, start: 0, end: rotated }), cos, sin);
  return concat([turned, slice(x, { axis, start: rotated, end: size })], { axis });
};
