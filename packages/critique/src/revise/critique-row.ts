import type { Completion, Message } from '@charter/core';
import type { JudgedComparison } from '../judge/choose-best.js';

/** One attempt at a revision, kept whether or not it was used. */
export interface CritiqueStep {
  /** Which of the revisions it was for, from 0. */
  revision_index: number;
  /** Several at once as `a+b`. */
  principle_id: string;
  critic_prompt: string;
  critique: string;
  revision_prompt: string;
  revision: string;
  /** Name of the gate that rejected it, or '' when its revision was used. */
  gate: string;
  /** Reason of that gate, or ''. */
  reason: string;
  /** Word edit distance from the answer before, over the longer length: 0 to 1; 0 where no revision was written. */
  change: number;
  /** With `samples` above 1: all that were sampled; the gate of each, and its mean log-odds against the others that passed. */
  candidates?: { revision: string; gate: string; reason: string; log_odds: number }[];
  /** With `samples` above 1: how the judge chose among those that passed. */
  comparisons?: JudgedComparison[];
  /** With `judge_revisions`: the judge's probability (0 to 1) that the revision is better; 0 where none was judged. */
  preferred?: number;
}

/**
 * One line of the output. The first eleven columns are those of HuggingFaceH4/cai-conversation-harmless (`index`
 * is the number of the prompt in its stream); texts are never null, so that every line has the same types.
 */
export interface CritiqueRow {
  index: number;
  prompt: string;
  init_prompt: string;
  init_response: string;
  critic_prompt: string;
  critic_response: string;
  revision_prompt: string;
  revision_response: string;
  /** The conversation with the last revision as its answer: what SFT trains on. */
  messages: Message[];
  /** The same; and the conversation with the first answer: what DPO trains on. */
  chosen: Message[];
  rejected: Message[];

  /** The prompt's own `id`, or ''. */
  id: string;
  accepted: boolean;
  /** Why a row was not accepted, one reason per attempt; only in rejected rows. */
  reasons?: string[];
  principle_id: string;
  steps: CritiqueStep[];
  /** Hash of everything that decides this row: models with their adapters, prompt, seed, principles, settings. */
  key: string;
  seed: number;
  model: string;
  critic: string;
  /** Who chose among samples and judged revisions; '' where nobody did. */
  judge: string;
  usage: Usage;
}

/** Sum over all requests of a row or a run. */
export interface Usage {
  requests: number;
  prompt_tokens: number;
  completion_tokens: number;
}

export const noUsage = (): Usage => ({ requests: 0, prompt_tokens: 0, completion_tokens: 0 });

/** Adds b's numbers to a. */
export const addUsage = (a: Usage, b: Completion['usage'] & { requests?: number }): void => {
  a.requests += b.requests ?? 1;
  a.prompt_tokens += b.prompt_tokens;
  a.completion_tokens += b.completion_tokens;
};

/** Sum over completions. */
export const usageOf = (completions: readonly Completion[]): Usage => {
  const usage = noUsage();
  for (const completion of completions) addUsage(usage, completion.usage);
  return usage;
};
