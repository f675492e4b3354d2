import {
  frozenWeights,
  int8Layers,
  type LinearLayer,
  modelName,
  type OutlierChannels,
  outlierChannels,
  type PretrainedModel,
} from '@charter/models';
import type { Runtime } from '@charter/tensor';
import { fromRankZero } from '../collective/agreement.js';
import { type Collective, singleProcess } from '../collective/collective.js';
import { TrainingError } from '../training-error.js';
import type { TrainingOptions } from '../training-options.js';

/** Tokens of the first texts that show which channels are large. */
const CALIBRATION_TOKENS = 512;

/** Linear layers of the frozen base in the precision of a run. */
export interface BaseLayers {
  /** undefined: `x weightᵀ + bias` in float32. */
  readonly linear: LinearLayer | undefined;
  /** Input channels that stay in float32; undefined in a float32 run. */
  readonly outlier_channels: OutlierChannels | undefined;
}

export interface BaseLayersRequest extends Pick<TrainingOptions, 'matmul_precision'> {
  readonly runtime: Runtime;
  readonly model: PretrainedModel;
  /** Token ids of the run's texts, in the order of the rows. */
  readonly texts: readonly (readonly number[])[];
  /** Channels that a run began with and resumes with; default: those of the first 512 tokens. */
  readonly known?: OutlierChannels | undefined;
  readonly collective?: Collective | undefined;
}

/**
 * Linear layers of the base by `matmul_precision`. The vocabulary projection stays in float32: its gradient in 8 bits is
 * that of another loss.
 *
 * @throws {TrainingError} when the weights are quantized
 */
export const baseLayers = async ({
  runtime,
  model,
  matmul_precision,
  texts,
  known,
  collective = singleProcess,
}: BaseLayersRequest): Promise<BaseLayers> => {
  if (matmul_precision === 'float32') return { linear: undefined, outlier_channels: undefined };
  if (model.quantized) {
    throw new TrainingError(
      `The weights of ${modelName(model)} are quantized, but matmul_precision "int8" needs them in full precision: leave ` +
        'out one of the two.',
    );
  }
  const own =
    known ??
    (await outlierChannels(
      runtime,
      { config: model.config, weights: frozenWeights(model) },
      firstTokens(texts),
    ));
  const outlier_channels = await fromRankZero(collective, own);
  return { linear: int8Layers(outlier_channels, { float32: ['lm_head'] }), outlier_channels };
};

/** The first texts, cut where they have CALIBRATION_TOKENS tokens together. */
const firstTokens = (texts: readonly (readonly number[])[]): number[][] => {
  const first: number[][] = [];
  let left = CALIBRATION_TOKENS;
  for (const ids of texts) {
    if (left === 0) break;
    first.push(ids.slice(0, left));
    left -= first.at(-1)!.length;
  }
  return first;
};
