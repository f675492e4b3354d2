import {
  type EmbeddingModelV4,
  type ImageModelV4,
  type LanguageModelV4,
  NoSuchModelError,
  type ProviderV4,
} from '@ai-sdk/provider';
import type { Runtime } from '@charter/tensor';
import { embeddingModel } from './embedding-model.js';
import { type CharterModelSettings, createModelStore } from './open-model.js';
import { languageModel } from './to-ai-sdk.js';

export interface CharterOptions {
  /** Engine, such as `createOnnxRuntime()` of @charter/runtime-onnx makes; it stays the caller's. */
  readonly runtime: Runtime;
}

/** Provider of the AI SDK whose models run on this machine. */
export interface CharterProvider extends ProviderV4 {
  /** The same as {@link CharterProvider.languageModel}. */
  (model: string, settings?: CharterModelSettings): LanguageModelV4;
  /**
   * A model that writes. Its files are opened at the first text, and once however often it is named.
   *
   * @param model a model as `pull` of @charter/checkpoint takes it (a folder, a `.gguf` file, a known name, `org/name` on
   *   the hub), or the folder of an adapter, which names its base model itself
   */
  languageModel(model: string, settings?: CharterModelSettings): LanguageModelV4;
  /** A model that embeds, by the mean of its last hidden states. It shares weights with the one that writes. */
  embeddingModel(model: string, settings?: CharterModelSettings): EmbeddingModelV4;
  /** @throws {NoSuchModelError} always */
  imageModel(model: string): ImageModelV4;
  /** Frees the models; a later call opens them again. */
  dispose(): Promise<void>;
}

/** Far beyond any model's positions, which end a text as well. */
const UNLIMITED = 2 ** 30;

/** A provider of Charter's models for the AI SDK. */
export const createCharter = ({ runtime }: CharterOptions): CharterProvider => {
  const store = createModelStore(runtime);
  const writing = (model: string, settings?: CharterModelSettings) =>
    languageModel(model, () => store.open(model, settings), UNLIMITED);
  return Object.assign((model: string, settings?: CharterModelSettings) => writing(model, settings), {
    specificationVersion: 'v4' as const,
    languageModel: writing,
    embeddingModel: (model: string, settings?: CharterModelSettings) =>
      embeddingModel(model, () => store.open(model, settings)),
    imageModel(modelId: string): never {
      throw new NoSuchModelError({ modelId, modelType: 'imageModel' });
    },
    dispose: store.dispose,
  });
};
