import type { LoraConfig } from '../config/lora-config.js';
import type { LoraTarget } from '../config/lora-targets.js';

/** Ranks that vLLM reserves memory for, by `--max-lora-rank`. */
const VLLM_RANKS = [1, 8, 16, 32, 64, 128, 256, 320, 512];

/**
 * Reasons for which vLLM refuses an adapter, or would run it with other numbers, a clause each; none where it serves the
 * adapter. Merged into its base, every adapter can be served.
 *
 * @see vLLM 0.30 `vllm/lora/peft_helper.py`, `vllm/config/lora.py`
 */
export const vllmProblems = (config: LoraConfig, targets: readonly LoraTarget[]): string[] => {
  const { r, lora_alpha, use_rslora, modules_to_save } = config;
  const rank = largestRank(targets);
  const largest = VLLM_RANKS.at(-1)!;
  const scale = lora_alpha / (use_rslora ? Math.sqrt(r) : r);
  // vLLM takes one scale for all modules from `lora_alpha` and `r`.
  const other = targets.find(({ kind, scaling }) => kind !== 'full' && scaling !== scale);
  return [
    ...(config.use_dora ? ['it has magnitudes (use_dora)'] : []),
    ...(modules_to_save?.length ? [`${modules_to_save.join(', ')} is fully trained (modules_to_save)`] : []),
    ...(rank > largest ? [`its rank ${rank} is above ${largest}`] : []),
    ...(other ? [`${other.name} has a scale of its own (rank_pattern, alpha_pattern)`] : []),
  ];
};

/** Smallest value of vLLM's `--max-lora-rank` that an adapter fits into. */
export const vllmMaxLoraRank = (targets: readonly LoraTarget[]): number | undefined =>
  VLLM_RANKS.find(rank => rank >= largestRank(targets));

const largestRank = (targets: readonly LoraTarget[]): number => Math.max(0, ...targets.map(({ r }) => r));
