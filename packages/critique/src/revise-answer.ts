import type { LanguageModel, Message } from '@charter/generate';
import type { z } from 'zod';
import { checkJudge, needsJudge } from './check-judge.js';
import { asMessages, type Constitution } from './constitution.js';
import { critiqueChain } from './critique-chain.js';
import type { CritiqueStep, Usage } from './critique-row.js';
import { critiqueSettings, type critiqueSettingsSchema } from './critique-settings.js';
import { earlierCritiques } from './earlier-critiques.js';
import { contentHash } from './seeded-choice.js';

export type ReviseAnswerOptions = z.input<typeof critiqueSettingsSchema> & {
  model: LanguageModel;
  /** Writes critiques and revisions; default: the model itself. */
  critic?: LanguageModel | undefined;
  /** Chooses among `samples` and judges revisions where settings ask for it; needs `score`. Default: the model itself. */
  judge?: LanguageModel | undefined;
  constitution: Constitution;
  prompt: string | Message[];
  /** Is criticised in place of an answer of the model. */
  init_response?: string | undefined;
  signal?: AbortSignal | undefined;
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
export async function reviseAnswer(options: ReviseAnswerOptions): Promise<RevisedAnswer> {
  const {
    model,
    critic = model,
    judge = model,
    constitution,
    prompt,
    init_response,
    signal,
    ...given
  } = options;
  const settings = critiqueSettings(given);
  if (needsJudge(settings)) checkJudge(judge, constitution);
  const conversation = asMessages(prompt);
  const promptKey = contentHash(conversation.map(({ role, content }) => [role, content]));
  const place = earlierCritiques().enter();
  const chain = await critiqueChain(conversation, init_response, promptKey, {
    model,
    critic,
    judge,
    place,
    constitution,
    settings,
    signal,
  }).finally(place.leave);
  return { ...chain, revision: chain.steps.findLast(({ gate }) => gate === '')?.revision };
}
