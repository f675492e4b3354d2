import type { AdaptableModule } from '@charter/models';
import { LoraError, listed } from '../errors.js';
import type { LoraConfig } from './lora-config.js';
import { fullMatch } from './python-regex.js';

/** A module that an adapter changes. */
export interface LoraTarget {
  /** The module's path. */
  readonly name: string;
  /** `dora`: LoRA with magnitudes; `full`: fully trained (modules_to_save), without a rank. Absent: LoRA. */
  readonly kind?: 'dora' | 'full' | undefined;
  /** 0 for a fully trained module. */
  readonly r: number;
  /** Factor of `B A x`: alpha / r, or alpha / sqrt(r) with rsLoRA. */
  readonly scaling: number;
  readonly in_features: number;
  readonly out_features: number;
  /** Shapes of a fully trained module's tensors, by the last part of their names. */
  readonly trained?: Readonly<Partial<Record<'weight' | 'bias', readonly number[]>>> | undefined;
}

/** PEFT's `TRANSFORMERS_MODELS_TO_LORA_TARGET_MODULES_MAPPING` for the architectures that can be run. */
const DEFAULT_TARGETS: Readonly<Record<string, readonly string[]>> = {
  llama: ['q_proj', 'v_proj'],
  mistral: ['q_proj', 'v_proj'],
  qwen2: ['q_proj', 'v_proj'],
  qwen3: ['q_proj', 'v_proj'],
  gemma3_text: ['q_proj', 'v_proj'],
};

/** Path of the embedding table. */
export const EMBEDDING = 'model.embed_tokens';

/** Path of the vocabulary projection. */
export const LM_HEAD = 'lm_head';

/**
 * Which modules get an adapter, by PEFT's rules: a list holds names or their last parts, a string is a regular
 * expression for the full name, "all-linear" is every linear layer but the vocabulary projection, and null takes the
 * architecture's default. `modules_to_save` follow; they get no adapter besides.
 *
 * @param modules every linear module of the model, in order, and its norms
 * @param modelType `model_type` of the model, for the default
 * @returns the targets, in the order of `modules`
 * @throws {LoraError} when nothing matches, or what matches cannot have an adapter
 * @see peft `tuners_utils.check_target_module_exists`, `other.get_pattern_key`
 */
export const loraTargets = (
  config: LoraConfig,
  modules: readonly AdaptableModule[],
  modelType: string,
): LoraTarget[] => {
  const isTarget = targetMatcher(config, defaultTargets(config, modelType));
  const isExcluded = moduleMatcher(config.exclude_modules ?? [], 'exclude_modules');
  const isWhole = insideOf(config.modules_to_save ?? []);
  if (isTarget({ name: EMBEDDING, kind: 'linear' }) && !isExcluded(EMBEDDING) && !isWhole(EMBEDDING)) {
    throw new LoraError(
      `target_modules: ${EMBEDDING} is matched, but only linear layers can have an adapter. Train it fully with modules_to_save.`,
      '',
      [EMBEDDING],
    );
  }
  const linear = modules.filter(({ kind }) => kind !== 'norm');
  const matched = linear.filter(
    module => isTarget(module) && !isExcluded(module.name) && !isWhole(module.name),
  );
  if (matched.length === 0) {
    const known = linear.map(module => module.name);
    throw new LoraError(
      `target_modules: ${JSON.stringify(config.target_modules)} matches no module${config.exclude_modules ? ' that is not excluded' : ''}${config.layers_to_transform === null ? '' : ` in layers ${JSON.stringify(config.layers_to_transform)}`}. The model's linear layers are:${listed(known)}`,
      '',
      known,
    );
  }
  const saved = savedModules(config, modules);
  const twice = saved.filter(({ name }) => matched.some(module => module.name === name));
  if (twice.length)
    throw new LoraError(
      `modules_to_save: ${twice[0]!.name} is among target_modules too; it gets an adapter, or is fully trained.`,
      '',
      twice.map(({ name }) => name),
    );
  const rank = patternLookup(config.rank_pattern, 'rank_pattern');
  const alpha = patternLookup(config.alpha_pattern, 'alpha_pattern');
  const adapted = matched.map(({ name, in_features, out_features }): LoraTarget => {
    const r = rank(name) ?? config.r;
    const scaling = (alpha(name) ?? config.lora_alpha) / (config.use_rslora ? Math.sqrt(r) : r);
    return { name, ...(config.use_dora && { kind: 'dora' }), r, scaling, in_features, out_features };
  });
  return [...adapted, ...saved];
};

/** Modules that are fully trained, each named by its end or by that of a module around it, as PEFT compares names. */
const savedModules = ({ modules_to_save }: LoraConfig, modules: readonly AdaptableModule[]): LoraTarget[] => {
  const head = modules.find(({ kind }) => kind === LM_HEAD);
  if (!modules_to_save?.length) return [];
  const known = head ? [{ ...head, name: EMBEDDING, bias: false }, ...modules] : modules;
  const unknown = modules_to_save.filter(entry => !known.some(({ name }) => endsIn(entry, name)));
  if (unknown.length)
    throw new LoraError(
      `modules_to_save: ${unknown.map(name => JSON.stringify(name)).join(', ')} matches no module. The model has:${listed(known.map(({ name }) => name))}`,
      '',
      unknown,
    );
  return known
    .filter(({ name }) => modules_to_save.some(entry => endsIn(entry, name)))
    .map(({ name, kind, in_features, out_features, bias }) => {
      const weight = kind === 'norm' ? [in_features] : [out_features, in_features];
      const trained = { weight, ...(bias && { bias: [out_features] }) };
      return { name, kind: 'full', r: 0, scaling: 0, in_features, out_features, trained };
    });
};

/** True when a module, or one that it is a part of, has a name that ends with `end`. */
const endsIn = (entry: string, name: string): boolean => {
  const parts = name.split('.');
  return parts.some((_, i) =>
    parts
      .slice(0, i + 1)
      .join('.')
      .endsWith(entry),
  );
};

/** PEFT gives no adapter to what is named here or a part of it; entries are regular expressions to it. */
const insideOf = (wanted: readonly string[]): Matcher<string> => {
  const patterns = wanted.map(entry => fullMatch(`(?:.*\\.)?${entry}(?:\\..*)?`, 'modules_to_save'));
  return name => patterns.some(pattern => pattern.test(name));
};

const defaultTargets = (config: LoraConfig, modelType: string): string | readonly string[] => {
  const targets = config.target_modules ?? DEFAULT_TARGETS[modelType];
  if (!targets) {
    const reason = modelType
      ? `there is no default for model_type "${modelType}"`
      : "null leaves them to the model's architecture, which is not known here";
    throw new LoraError(`target_modules: ${reason}; name them.`, '', ['target_modules']);
  }
  return targets;
};

type Matcher<T> = (candidate: T) => boolean;

/** Names and suffixes, or one regular expression. */
const moduleMatcher = (wanted: string | readonly string[], field: string): Matcher<string> => {
  if (typeof wanted === 'string') {
    const pattern = fullMatch(wanted, field);
    return name => pattern.test(name);
  }
  return name => wanted.some(entry => name === entry || name.endsWith(`.${entry}`));
};

const targetMatcher = (
  config: LoraConfig,
  wanted: string | readonly string[],
): Matcher<Pick<AdaptableModule, 'name' | 'kind'>> => {
  if (typeof wanted === 'string' && wanted.toLowerCase() === 'all-linear') {
    return ({ name, kind }) => kind !== 'lm_head' && name !== EMBEDDING;
  }
  const matches = moduleMatcher(wanted, 'target_modules');
  const inLayers = layerMatcher(config);
  const named = new Set(typeof wanted === 'string' ? [] : wanted);
  // A full name is taken whatever layers_to_transform says.
  return ({ name }) => matches(name) && (named.has(name) || inLayers(name));
};

const layerMatcher = ({ layers_to_transform, layers_pattern }: LoraConfig): Matcher<string> => {
  const layers =
    typeof layers_to_transform === 'number' ? [layers_to_transform] : (layers_to_transform ?? []);
  if (layers.length === 0) return () => true;
  const patterns = [layers_pattern ?? []].flat().filter(pattern => pattern !== '');
  // The first number in the name is the layer's: experts inside of it have numbers too.
  const found = patterns.length
    ? patterns.map(pattern => fullMatch(`(?:.*?\\.)?${pattern}\\.(?P<idx>\\d+)\\..*`, 'layers_pattern'))
    : [fullMatch('.*?\\.[^.]*\\.(?P<idx>\\d+)\\..*', 'layers_pattern')];
  return name => {
    const index = found.map(pattern => pattern.group(name, 'idx')).find(found => found !== undefined);
    return index !== undefined && layers.includes(Number(index));
  };
};

/** The value of the first key that matches the end of a module's name. */
const patternLookup = (patterns: Readonly<Record<string, number>>, field: string) => {
  const compiled = Object.entries(patterns).map(
    ([key, value]) => [fullMatch(`(?:.*\\.)?(?:${key})`, field), value] as const,
  );
  return (name: string): number | undefined => compiled.find(([pattern]) => pattern.test(name))?.[1];
};
