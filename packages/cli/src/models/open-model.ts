import { modelFolder as charterTiny } from '@charter/charter-tiny';
import { pull } from '@charter/checkpoint';
import { loadAdapter } from '@charter/lora';
import {
  adaptableModules,
  type LoadedModel,
  loadModel,
  type PretrainedModel,
  type Quantization,
  quantizeModelCached,
} from '@charter/models';
import { createOnnxRuntime, type OnnxDevice, onnxDevices } from '@charter/runtime-onnx';
import type { Runtime } from '@charter/tensor';
import type { LoadTokenizerOptions } from '@charter/tokenizer';
import { z } from 'zod';
import type { CommandContext } from '../command-line/command.js';
import type { Progress } from '../command-line/terminal.js';
import { pullProgress } from './pull-progress.js';

type ProgressContext = Pick<CommandContext, 'terminal' | 'signal'>;

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

/** Precision of a model that is run, not trained. */
export const matmulPrecision = z
  .enum(['float32', 'int8'])
  .optional()
  .describe('precision of matrix products; int8 is faster for prompts and batches; default: float32');

/** Finds a model by what the user calls it, fetches it if need be, and reads its files. */
export const pullModel = async (
  model: string,
  context: ProgressContext,
  template: LoadTokenizerOptions = {},
): Promise<LoadedModel> => loadModel(await fetchModel(model, context), { id: model, ...template });

/** The model with its weights quantized, and a progress line the first time; as it is without `quantization`. */
export const withQuantization = async <M extends PretrainedModel>(
  model: M,
  quantization: Quantization | undefined,
  { terminal, signal }: ProgressContext,
): Promise<M> => {
  if (quantization === undefined) return model;
  let line: Progress | undefined;
  try {
    return await quantizeModelCached(model, quantization, {
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

/** The model's folder, with a progress line while it is fetched or converted. */
export const fetchModel = async (
  model: string,
  { terminal, signal }: ProgressContext,
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
export const openAdapter = (folder: string, { config }: Pick<PretrainedModel, 'config'>) =>
  loadAdapter(folder, adaptableModules(config), config.model_type);

/** Settings of the engine. */
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
