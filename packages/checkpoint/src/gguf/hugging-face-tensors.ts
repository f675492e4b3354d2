import { CheckpointError } from '../checkpoint-error.js';
import { type GgufArchitecture, topNames } from './architectures.js';
import type { GgufFile, GgufTensor } from './open-gguf.js';

/** Rotation frequencies, not weights: they become `rope_scaling` in config.json. */
export const ropeFrequencies = 'rope_freqs.weight';

/**
 * The tensors of a GGUF file under their names in Hugging Face's checkpoints.
 *
 * @throws {CheckpointError} naming a tensor that the architecture does not have
 */
export const huggingFaceTensors = (
  { file, tensors }: GgufFile,
  architecture: GgufArchitecture,
): Map<string, GgufTensor> => {
  const named = new Map<string, GgufTensor>();
  for (const tensor of tensors.values()) {
    if (tensor.name === ropeFrequencies) continue;
    const name = huggingFaceName(tensor.name, architecture);
    if (name === undefined) {
      throw new CheckpointError(
        file,
        `is not a tensor of a dense ${architecture.name} model, which this one says it is.`,
        { tensor: tensor.name },
      );
    }
    named.set(name, tensor);
  }
  return named;
};

const huggingFaceName = (name: string, { layerNames }: GgufArchitecture): string | undefined => {
  const [, layer, part, kind] = /^(?:blk\.(\d+)\.)?(\w+)\.(weight|bias)$/.exec(name) ?? [];
  const found = (layer === undefined ? topNames : layerNames).get(part!);
  if (found === undefined) return undefined;
  return layer === undefined ? `${found}.${kind}` : `model.layers.${layer}.${found}.${kind}`;
};
