import { type Quantization, storedQuantizedWeights } from '@charter/generate';
import type { FrozenWeight } from '@charter/tensor';
import type { CommandContext } from '../command-line/command.js';
import type { OpenModel } from './open-model.js';

/**
 * The weights for `--quantize`: rounded the first time, with a progress line, and from then on those of the cache.
 *
 * @param quantization undefined: the weights as they are
 */
export const quantizedWeights = async (
  { config, weights }: Pick<OpenModel, 'config' | 'weights'>,
  quantization: Quantization | undefined,
  { terminal, signal }: Pick<CommandContext, 'terminal' | 'signal'>,
): Promise<ReadonlyMap<string, FrozenWeight>> => {
  if (quantization === undefined) return weights;
  let line: ReturnType<typeof terminal.progress> | undefined;
  try {
    return await storedQuantizedWeights(config, weights, quantization, {
      signal,
      onProgress: (done, total) => {
        line ??= terminal.progress(`to ${quantization}`, total);
        line.update(done, 'matrices');
      },
    });
  } finally {
    line?.stop();
  }
};
