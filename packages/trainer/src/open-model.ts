import { openCheckpoint } from '@charter/checkpoint';
import { parseModelConfig } from '@charter/models';
import type { BaseModel } from './lora/start-lora.js';

/**
 * A model folder in Hugging Face layout, ready to be trained on; weights stay in their files.
 *
 * @throws {CheckpointError | ModelConfigError} when a file is missing, or the architecture is not known
 */
export const openModel = async (folder: string): Promise<BaseModel> => {
  const { config, weights } = await openCheckpoint(folder);
  return { folder, config: parseModelConfig(config), weights };
};
