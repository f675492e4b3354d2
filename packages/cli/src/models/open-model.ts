import { basename } from 'node:path';
import { modelFolder as charterTiny } from '@charter/charter-tiny';
import { openCheckpoint, pull } from '@charter/checkpoint';
import { loadAdapter } from '@charter/lora';
import { adaptableModules, type ModelConfig, parseModelConfig } from '@charter/models';
import { createOnnxRuntime, type OnnxDevice, onnxDevices } from '@charter/runtime-onnx';
import type { Runtime, StoredTensor } from '@charter/tensor';
import { loadTokenizer, type Tokenizer } from '@charter/tokenizer';
import { z } from 'zod';
import type { CommandContext } from '../command-line/command.js';
import { pullProgress } from './pull-progress.js';

/** Options of every command that runs a model on this machine. */
export const modelOptions = {
  model: z.string().describe('a folder, a .gguf file, a known name, or org/name on a hub'),
  device: z
    .enum(['auto', ...onnxDevices])
    .optional()
    .describe('device of the engine; auto picks the fastest that works (see `charter doctor`); default: cpu'),
  threads: z.number().int().positive().optional().describe('threads of the engine; default: one per core'),
};

/** The same with an adapter to put on. */
export const adaptedModelOptions = {
  ...modelOptions,
  adapter: z.string().optional().describe("folder of a LoRA adapter in PEFT's format"),
};

/** A model ready to be run or trained. */
export interface OpenModel {
  /** What the user called it: adapters that are trained on it say so. */
  readonly id: string;
  /** The same, short. */
  readonly name: string;
  readonly folder: string;
  readonly config: ModelConfig;
  readonly weights: ReadonlyMap<string, StoredTensor>;
  readonly tokenizer: Tokenizer;
}

/** Finds a model, fetches it if need be, and reads its files. */
export const openModel = async (model: string, { terminal, signal }: CommandContext): Promise<OpenModel> => {
  const folder = await fetchModel(model, { terminal, signal });
  const { config, weights } = await openCheckpoint(folder);
  return {
    id: model,
    name: basename(model),
    folder,
    config: parseModelConfig(config, `${folder}/config.json`),
    weights,
    tokenizer: await loadTokenizer(folder),
  };
};

/** The model's folder, with a progress line while it is fetched or converted. */
export const fetchModel = async (
  model: string,
  { terminal, signal }: CommandContext,
  options: { revision?: string | undefined } = {},
): Promise<string> => {
  if (model === 'charter-tiny') return charterTiny;
  const progress = pullProgress(terminal);
  try {
    return await pull(model, { ...options, signal, onProgress: progress.update });
  } finally {
    progress.stop();
  }
};

/** The adapter in a folder, checked against the model that it is put on. */
export const openAdapter = (folder: string, { config }: Pick<OpenModel, 'config'>) =>
  loadAdapter(folder, adaptableModules(config), config.model_type);

/** What the options say about the engine. */
export interface EngineOptions {
  readonly device?: 'auto' | OnnxDevice | undefined;
  readonly threads?: number | undefined;
}

/** Runs `work` with an engine that is ended afterwards, whatever happens. */
export const withRuntime = async <T>(
  { device, threads }: EngineOptions,
  work: (runtime: Runtime) => Promise<T>,
): Promise<T> => {
  const runtime = await createOnnxRuntime({ device, threads });
  try {
    return await work(runtime);
  } finally {
    await runtime.dispose();
  }
};
