import type { TokenizerConfig, TokenizerJson } from './special-tokens.js';

interface Step {
  readonly type: string;
  readonly pretokenizers?: readonly Step[];
}

const stepsOf = (step: Step | null | undefined): readonly Step[] =>
  step?.type === 'Sequence' ? (step.pretokenizers ?? []).flatMap(stepsOf) : step ? [step] : [];

/**
 * Remarks on files that transformers 5 reads otherwise: its class GPT2Tokenizer makes its own pre-tokenizer from
 * vocabulary and merges, so that other steps of tokenizer.json are lost there.
 */
export const fileRemarks = (json: TokenizerJson, { tokenizer_class }: TokenizerConfig): string[] => {
  if (!/^GPT2Tokenizer(Fast)?$/.test(tokenizer_class ?? '')) return [];
  const dropped = stepsOf(json.pre_tokenizer as Step | null).filter(({ type }) => type !== 'ByteLevel');
  if (dropped.length === 0) return [];
  const names = dropped.map(({ type }) => type).join(', ');
  return [
    `tokenizer_config.json names ${tokenizer_class}, for which transformers 5 leaves out a step of tokenizer.json ` +
      `(pre-tokenizer ${names}). The ids here are those of tokenizer.json, with which the model was trained; those of ` +
      "transformers' AutoTokenizer can differ, for example at digits.",
  ];
};
