import { type ModelConfig, weightShapes } from '@charter/models';
import { seededRandom } from './seeded-random.js';

const deviation = 0.02;

/**
 * Starting weights: norms 1, matrices normal with deviation 0.02, and those that write into the residual stream smaller
 * by √(2 · layers).
 *
 * @see Radford et al. 2019, section 2.3
 */
export const initialWeights = (config: ModelConfig, seed: number): Map<string, Float32Array> => {
  const random = seededRandom(seed);
  // Box and Muller 1958; 1 - next() is never 0.
  const normal = () => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  return new Map(
    [...weightShapes(config)].map(([name, shape]) => {
      const values = new Float32Array(shape.reduce((n, d) => n * d, 1));
      if (shape.length === 1) return [name, values.fill(1)];
      const writesResidual = /\.(?:o_proj|down_proj)\.weight$/.test(name);
      const scale = writesResidual ? deviation / Math.sqrt(2 * config.num_hidden_layers) : deviation;
      return [name, values.map(() => scale * normal())];
    }),
  );
};
