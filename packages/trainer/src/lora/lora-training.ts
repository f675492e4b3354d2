import {
  type AdapterToSave,
  initFromBase,
  initLora,
  type LoraConfig,
  type LoraTarget,
  loraLinear,
  loraParameters,
  loraTargets,
  type ParsedAdapter,
  parseLoraConfig,
} from '@charter/lora';
import { adaptableModules, type LinearLayer, type PretrainedModel } from '@charter/models';
import type { Graph } from '@charter/tensor';
import type { Evaluation, LoopRequest, OwnMetrics } from '../loop/train-loop.js';
import { dropoutSeed } from '../loop/train-programs.js';
import type { Parameter } from '../optimizer/flat-parameters.js';
import { TrainingError } from '../training-error.js';

/** An adapter about to be trained. */
export interface LoraTraining {
  readonly config: LoraConfig;
  readonly targets: readonly LoraTarget[];
  readonly parameters: readonly Parameter[];
  readonly initial: ReadonlyMap<string, Float32Array>;
  /** Linear layers with the adapter on, inside a graph in which its parameters are bound. */
  linear(graph: Graph, mode: 'train' | 'eval'): LinearLayer;
}

/** Default adapter, as on TRL's command line: all linear layers. */
export const defaultLora = { r: 16, lora_alpha: 32, target_modules: 'all-linear' } as const;

export interface LoraSettings {
  /** The adapter's shape, by PEFT's names; default `defaultLora`, or the shape of the continued adapter. */
  readonly lora?: Partial<LoraConfig> | undefined;
  /** An adapter to continue. */
  readonly adapter?: (ParsedAdapter & { readonly folder?: string }) | undefined;
  /** Seed of a new adapter's random values. */
  readonly seed: number;
  /** Apply `lora_dropout`; TRL switches it off in DPO. */
  readonly dropout: boolean;
  /** Linear layers of the frozen base, as `baseLayers` makes them; default `x weightᵀ + bias` in float32. */
  readonly base?: LinearLayer | undefined;
}

/**
 * A new adapter, or one that is continued.
 *
 * @throws {TrainingError} when `lora` asks for another shape than that of the adapter that is continued
 */
export const loraTraining = async (
  model: Pick<PretrainedModel, 'config' | 'weights'>,
  start: LoraSettings,
): Promise<LoraTraining> => {
  const modules = adaptableModules(model.config);
  const targetsOf = (config: LoraConfig): readonly LoraTarget[] =>
    loraTargets(config, modules, model.config.model_type);
  const loaded = start.adapter;
  // An option that is given as undefined counts as not given.
  const given = Object.fromEntries(
    Object.entries(start.lora ?? {}).filter(([, value]) => value !== undefined),
  );
  const settings = parseLoraConfig({ ...(loaded?.config ?? defaultLora), ...given }, 'lora');
  // As TRL says of the models that it trains.
  const config: LoraConfig = { ...settings, task_type: settings.task_type ?? 'CAUSAL_LM' };
  const targets = targetsOf(config);
  if (loaded) assertSameShape(loaded.folder ?? 'The adapter', targetsOf(loaded.config), targets);
  const initial = loaded
    ? new Map([...loaded.tensors].map(([name, { data }]) => [name, data]))
    : await newValues(model, targets, { seed: start.seed, init_lora_weights: config.init_lora_weights });
  const p = start.dropout ? config.lora_dropout : 0;
  return {
    config,
    targets,
    parameters: loraParameters(targets),
    initial,
    linear: (graph, mode) =>
      loraLinear(targets, {
        parameter: (name, shape) => graph.weight(name, shape),
        base: start.base,
        ...(p > 0 && mode === 'train' && { dropout: { p, seed: graph.input(dropoutSeed, 'int32', []) } }),
      }),
  };
};

/** An evaluation of the adapter that is trained. */
export interface AdapterEvaluation extends Omit<Evaluation, 'parameters'> {
  /** `localModel` runs it, `adapterFiles` writes it for PEFT. */
  readonly adapter: AdapterToSave;
}

/** `onEvaluate` of the loop for a callback that wants the adapter. */
export const evaluationOfAdapter = (
  { config, targets }: LoraTraining,
  baseModel: string,
  onEvaluate: ((evaluation: AdapterEvaluation) => OwnMetrics | Promise<OwnMetrics>) | undefined,
): LoopRequest<never>['onEvaluate'] =>
  onEvaluate &&
  (({ parameters, ...evaluation }) =>
    onEvaluate({ ...evaluation, adapter: { config, targets, tensors: parameters, baseModel } }));

const newValues = async (
  { weights }: Pick<PretrainedModel, 'weights'>,
  targets: readonly LoraTarget[],
  options: Parameters<typeof initLora>[1],
): Promise<Map<string, Float32Array>> => {
  const matrices = initLora(targets, options);
  return new Map([...matrices, ...(await initFromBase(targets, matrices, weights))]);
};

const assertSameShape = (adapter: string, own: readonly LoraTarget[], asked: readonly LoraTarget[]): void => {
  const known = new Map(own.map(target => [target.name, target]));
  const other = asked.find(target => JSON.stringify(known.get(target.name)) !== JSON.stringify(target));
  if (!other && own.length === asked.length) return;
  const shape = (target: LoraTarget | undefined) =>
    target ? `r ${target.r} and a scale of ${target.scaling}` : 'no adapter';
  const name = other?.name ?? own.find(target => !asked.some(({ name }) => name === target.name))!.name;
  throw new TrainingError(
    `${adapter} has ${shape(known.get(name))} at ${name}, but ${shape(other)} was asked for. An adapter that is ` +
      'continued keeps its shape: leave the LoRA options out, or merge it and train a new one.',
  );
};
