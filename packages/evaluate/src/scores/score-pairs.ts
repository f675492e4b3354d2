import type { PromptPart, Tokenizer } from '@charter/tokenizer';
import { caseIds } from '../case-id.js';
import type { ScoreOptions, Scorer } from './scorer.js';

/** A prompt with a better and a worse answer: messages, or plain text. */
export interface PreferencePair {
  readonly prompt: PromptPart;
  readonly chosen: PromptPart;
  readonly rejected: PromptPart;
}

/** Log-probability of a whole completion. */
export interface CompletionScore {
  /** Summed over its tokens, in nats. */
  readonly logprob: number;
  readonly tokens: number;
}

/** Plain data: what the measures on pairs are made of. */
export interface PairScore {
  readonly id: string;
  readonly chosen: CompletionScore;
  readonly rejected: CompletionScore;
  /** The same under the model without its adapter; see {@link withReference}. */
  readonly reference?: { readonly chosen: CompletionScore; readonly rejected: CompletionScore } | undefined;
}

/** A row that could not be scored, by its index, and why. */
export interface SkippedRow {
  readonly row: number;
  readonly reason: string;
}

/**
 * Scores both answers of every pair. Tokens and lengths are DPO's: chats by their template, EOS behind plain text, and
 * with `max_length` each answer cut on the right, a pair left out whose prompt alone reaches it.
 *
 * @param options.max_length default: the positions of the scorer
 * @see TRL 1.16 `dpo_trainer.py`, `tokenize_fn` and `truncation`
 */
export const scorePairs = async (
  scorer: Scorer,
  tokenizer: Tokenizer,
  pairs: readonly PreferencePair[],
  { max_length = scorer.maxPositions, ...options }: ScoreOptions & { max_length?: number | undefined } = {},
): Promise<{ scores: PairScore[]; leftOut: SkippedRow[] }> => {
  const ids = caseIds(pairs, ({ prompt, chosen, rejected }) => [prompt, chosen, rejected]);
  const leftOut: SkippedRow[] = [];
  const kept = pairs.flatMap(({ prompt, chosen, rejected }, row) => {
    const { promptIds, chosenIds, rejectedIds } = tokenizer.tokenizePreference(prompt, chosen, rejected);
    if (promptIds.length >= max_length) {
      leftOut.push({ row, reason: `the prompt alone has ${promptIds.length} of ${max_length} tokens` });
      return [];
    }
    const branches = [chosenIds, rejectedIds].map(answer => {
      const shown = answer.slice(0, max_length - promptIds.length);
      return { ids: shown, lossMask: shown.map(() => true) };
    });
    return [{ id: ids[row]!, tree: { prefix: promptIds, branches } }];
  });
  const logprobs = await scorer.logprobs(
    kept.map(({ tree }) => tree),
    options,
  );
  return {
    scores: kept.map(({ id }, i) => {
      const [chosen, rejected] = logprobs[i]!;
      return { id, chosen: completionScore(chosen!), rejected: completionScore(rejected!) };
    }),
    leftOut,
  };
};

export const completionScore = (logprobs: Float32Array): CompletionScore => ({
  logprob: logprobs.reduce((sum, logprob) => sum + logprob, 0),
  tokens: logprobs.length,
});

/**
 * Scores of an adapted model beside those of its base, which is the reference of the implicit reward
 * β · (log π − log π_ref). Both are scores of the same pairs.
 *
 * @see Rafailov et al. 2023, section 4
 */
export const withReference = (scores: readonly PairScore[], reference: readonly PairScore[]): PairScore[] => {
  const known = new Map(reference.map(({ id, chosen, rejected }) => [id, { chosen, rejected }]));
  return scores.map(score => ({ ...score, reference: known.get(score.id) }));
};
