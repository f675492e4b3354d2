import type { Message } from '@charter/core';
import { asMessages } from '../constitution/constitution.js';
import { earlierCritiques } from '../gates/earlier-critiques.js';
import { critiqueChain, promptKeyOf } from './critique-chain.js';
import { type CritiqueOptions, chainOptions } from './critique-options.js';
import type { CritiqueStep, Usage } from './critique-row.js';

export type ReviseAnswerOptions = CritiqueOptions & {
  prompt: string | Message[];
  /** Is criticised in place of an answer of the model. */
  init_response?: string | undefined;
};

/** An answer and what became of it. */
export interface RevisedAnswer {
  answer: string;
  /** Every attempt in order; `gate` is '' for those whose revision was used. */
  steps: CritiqueStep[];
  /** The last revision that passed every gate; undefined where none did. */
  revision: string | undefined;
  usage: Usage;
}

/**
 * Answers one prompt, then criticises and rewrites the answer by principles of the constitution: what `critiqueRevise`
 * does for each row, without files. The same seed gives the same texts there; only the gate `critique-repeated`, which
 * compares rows, has nothing to compare with here.
 *
 * @throws {CritiqueError} for a setting that does not fit
 * @throws what a model throws
 */
export const reviseAnswer = async (options: ReviseAnswerOptions): Promise<RevisedAnswer> => {
  const { prompt, init_response, ...given } = options;
  const chained = chainOptions(given);
  const conversation = asMessages(prompt);
  const history = earlierCritiques().add();
  const chain = await critiqueChain(conversation, init_response, promptKeyOf(conversation), {
    ...chained,
    history,
  }).finally(history.close);
  return { ...chain, revision: chain.steps.findLast(({ gate }) => gate === '')?.revision };
};
