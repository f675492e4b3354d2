import type { LoraConfig } from '../config/lora-config.js';
import type { LoraTarget } from '../config/lora-targets.js';

/** From this many modules on, PEFT writes the ends of their names instead of all names (`MIN_TARGET_MODULES_FOR_OPTIMIZATION`). */
const MANY = 20;

/**
 * Content of an adapter's `adapter_config.json`: only keys that PEFT knows since 0.9, in sorted order. Versions before
 * 0.14 refuse a file with any key that they do not know.
 *
 * `target_modules` is written as PEFT does: lists and regular expressions as they are, "all-linear" and the default as
 * the modules that they stood for. `exclude_modules` is no old key, so the modules that it left are written out.
 */
export const savedConfig = (
  config: LoraConfig,
  everything: readonly LoraTarget[],
  baseModel: string,
): Record<string, unknown> => {
  const targets = everything.filter(({ kind }) => kind !== 'full');
  const listed = config.exclude_modules !== null;
  const fields = {
    peft_type: config.peft_type,
    task_type: config.task_type,
    base_model_name_or_path: baseModel,
    revision: config.revision,
    auto_mapping: null,
    inference_mode: true,
    r: config.r,
    lora_alpha: config.lora_alpha,
    lora_dropout: config.lora_dropout,
    use_rslora: config.use_rslora,
    // In their own order: where several patterns match a module, the first one counts.
    rank_pattern: config.rank_pattern,
    alpha_pattern: config.alpha_pattern,
    target_modules: listed ? names(targets) : savedTargets(config, targets),
    // Names written out in full say which layers they are in.
    layers_to_transform: listed ? null : config.layers_to_transform,
    layers_pattern: listed ? null : config.layers_pattern,
    init_lora_weights: config.init_lora_weights,
    bias: 'none',
    fan_in_fan_out: false,
    loftq_config: {},
    megatron_config: null,
    megatron_core: 'megatron.core',
    modules_to_save: config.modules_to_save,
    use_dora: config.use_dora,
  };
  return Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));
};

const savedTargets = (
  { target_modules }: LoraConfig,
  targets: readonly LoraTarget[],
): string | readonly string[] => {
  if (typeof target_modules !== 'string') return [...(target_modules ?? lastParts(targets))].sort();
  if (target_modules.toLowerCase() !== 'all-linear') return target_modules;
  return targets.length < MANY ? names(targets) : lastParts(targets);
};

const names = (targets: readonly LoraTarget[]): string[] => targets.map(({ name }) => name).sort();

/** `q_proj` of `model.layers.0.self_attn.q_proj`. Where all modules of a name are targets, it says the same. */
const lastParts = (targets: readonly LoraTarget[]): string[] =>
  [...new Set(targets.map(({ name }) => name.slice(name.lastIndexOf('.') + 1)))].sort();
