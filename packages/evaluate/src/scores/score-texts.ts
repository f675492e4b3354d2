import type { PromptPart, Tokenizer } from '@charter/tokenizer';
import type { TokenTree } from '@charter/trainer';
import { caseIds } from '../case-id.js';
import { type CompletionScore, completionScore, type SkippedRow } from './score-pairs.js';
import type { ScoreOptions, Scorer } from './scorer.js';

/** A good answer to a prompt, that a model should find likely: messages, or plain text. */
export interface HeldOutText {
  readonly prompt: PromptPart;
  readonly completion: PromptPart;
}

/** Plain data: what perplexity is made of. */
export interface TextScore extends CompletionScore {
  readonly id: string;
  /** KL divergence of the model from its base on this text, summed over the tokens, in nats; see `klFromBase`. */
  readonly kl?: number | undefined;
}

/**
 * Scores the completions of held-out texts, as SFT would learn them (the prompt's tokens do not count).
 *
 * @param options.max_length tokens of a text that are read, from its start; default: the positions of the scorer
 */
export const scoreTexts = async (
  scorer: Scorer,
  tokenizer: Tokenizer,
  texts: readonly HeldOutText[],
  { max_length = scorer.maxPositions, ...options }: ScoreOptions & { max_length?: number | undefined } = {},
): Promise<{ scores: TextScore[]; leftOut: SkippedRow[] }> => {
  const { kept, leftOut } = textTrees(tokenizer, texts, max_length);
  const logprobs = await scorer.logprobs(
    kept.map(({ tree }) => tree),
    options,
  );
  return { scores: kept.map(({ id }, i) => ({ id, ...completionScore(logprobs[i]![0]!) })), leftOut };
};

/** Held-out texts as token trees, with their ids; those of which no token would count are left out. */
export const textTrees = (
  tokenizer: Tokenizer,
  texts: readonly HeldOutText[],
  max_length: number,
): { kept: { id: string; tree: TokenTree }[]; leftOut: SkippedRow[] } => {
  const ids = caseIds(texts, ({ prompt, completion }) => [prompt, completion]);
  const leftOut: SkippedRow[] = [];
  const kept = texts.flatMap(({ prompt, completion }, row) => {
    const { ids: all, promptLength } = tokenizer.tokenizePromptCompletion(prompt, completion);
    const shown = all.slice(0, max_length);
    // The first token of a text is never predicted.
    if (shown.length <= Math.max(1, promptLength)) {
      leftOut.push({ row, reason: `no token of the completion is within ${max_length} tokens` });
      return [];
    }
    const branch = { ids: shown, lossMask: shown.map((_, i) => i >= promptLength) };
    return [{ id: ids[row]!, tree: { prefix: [], branches: [branch] } }];
  });
  return { kept, leftOut };
};
