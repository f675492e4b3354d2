import { isDeepStrictEqual } from 'node:util';
import { contractions, preTokenizers } from '../pre-tokenizers.js';

interface Step {
  readonly type?: string;
  readonly pretokenizers?: readonly Step[];
  readonly pattern?: { readonly Regex?: string };
  readonly individual_digits?: boolean;
  readonly add_prefix_space?: boolean;
  readonly use_regex?: boolean;
}

/** Parts of tokenizer.json that decide how text is cut. */
export interface Cutting {
  readonly pre_tokenizer?: unknown;
  readonly normalizer?: unknown;
  readonly model?: { readonly ignore_merges?: boolean | undefined } | undefined;
}

/** `tokenizer.ggml.pre` of a byte-level tokenizer; undefined when llama.cpp has no name for its way of cutting. */
export const preTokenizerName = ({ pre_tokenizer, normalizer, model }: Cutting): string | undefined => {
  const steps = cuts(pre_tokenizer as Step | null);
  const form = (normalizer as { type?: string } | null)?.type ?? null;
  const whole = model?.ignore_merges ?? false;
  return [...preTokenizers].find(
    ([, row]) =>
      isDeepStrictEqual(cuts(row.pre_tokenizer as Step), steps) &&
      row.ignore_merges === whole &&
      ((row.normalizer as { type?: string } | null)?.type ?? null) === form,
  )?.[0];
};

/** The steps in one list, of which each says only what it does. */
const cuts = (step: Step | null): unknown[] => {
  if (!step) return [];
  if (step.type === 'Sequence') return (step.pretokenizers ?? []).flatMap(cuts);
  if (step.type === 'Split') return [spelledOut(step.pattern?.Regex ?? '')];
  if (step.type === 'Digits') return [{ individual_digits: step.individual_digits ?? false }];
  if (step.type === 'ByteLevel')
    return [{ use_regex: step.use_regex ?? true, prefix: step.add_prefix_space ?? true }];
  return [step];
};

const spelledOut = (regex: string): string =>
  regex.replace("(?i:'s|'t|'re|'ve|'m|'ll|'d)", `(?:${contractions})`);
