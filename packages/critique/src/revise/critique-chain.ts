import type { Message } from '@charter/core';
import type { Principle } from '../constitution/constitution.js';
import { contentHash, drawPrinciples } from '../seeded-choice.js';
import {
  type Attempt,
  type AttemptContext,
  ask,
  attemptRevision,
  type ChainOptions,
} from './critique-attempt.js';
import { type CritiqueRequest, transcriptOf } from './critique-requests.js';
import { type CritiqueStep, type Usage, usageOf } from './critique-row.js';
import type { CritiqueSettings } from './critique-settings.js';

export interface Chain {
  answer: string;
  /** Every attempt in order; those with gate '' followed one another from the answer to the last revision. */
  steps: CritiqueStep[];
  usage: Usage;
}

/** Hash of a prompt's messages: their roles and texts, whatever else they hold. */
export const promptKeyOf = (conversation: readonly Message[]): string =>
  contentHash(conversation.map(({ role, content }) => [role, content]));

/**
 * Answer → (critique → revision) × `settings.revisions`, as in Bai et al. 2022, section 3. A revision that a gate
 * rejects is tried again by another principle; if every attempt is rejected, the answer stays and the chain goes on.
 *
 * @param promptKey input of the draws of principles besides the seed (`promptKeyOf`), so that neither the order
 *   of the prompts nor the model changes them
 */
export const critiqueChain = async (
  conversation: Message[],
  givenAnswer: string | undefined,
  promptKey: string,
  options: ChainOptions,
): Promise<Chain> => {
  const { model, settings } = options;
  const context = { ...options, conversation, promptKey };
  const asked =
    givenAnswer === undefined
      ? [await ask(model, 'answer', firstRequest(conversation, settings), { ...context, attempt: 0 })]
      : [];
  const answer = givenAnswer ?? asked[0]!.text;
  let attempts: readonly Attempt[] = [];
  for (let revisionIndex = 0; revisionIndex < settings.revisions; revisionIndex++) {
    const current = attempts.findLast(({ step }) => step.gate === '')?.step.revision ?? answer;
    attempts = [...attempts, ...(await attemptsAt(context, attempts.length, current, revisionIndex))];
  }
  return {
    answer,
    steps: attempts.map(({ step }) => step),
    usage: usageOf([...asked, ...attempts.flatMap(({ completions }) => completions)]),
  };
};

/** Attempts at one revision, each by other principles: until one passes the gates or the retries are used up. */
const attemptsAt = async (
  context: Omit<AttemptContext, 'attempt'>,
  earlier: number,
  answer: string,
  revisionIndex: number,
): Promise<Attempt[]> => {
  const { settings, promptKey, constitution } = context;
  const attempts: Attempt[] = [];
  let left: Principle[] = constitution.principles;
  while (attempts.length <= settings.retries && attempts.at(-1)?.step.gate !== '') {
    const parts = [settings.seed, promptKey, revisionIndex, attempts.length];
    const drawn = drawPrinciples(left, settings.principles_per_critique, parts);
    if (drawn.length === 0) break;
    left = left.filter(other => !drawn.includes(other));
    const attempt = earlier + attempts.length;
    attempts.push(
      await attemptRevision({ ...context, attempt }, combinePrinciples(drawn), answer, revisionIndex),
    );
  }
  return attempts;
};

/** Several principles as one: their requests stand one below the other. */
const combinePrinciples = (principles: readonly Principle[]): Principle => {
  if (principles.length === 1) return principles[0]!;
  const lines = (part: 'critique' | 'revision') => principles.map(principle => principle[part]).join('\n');
  const statements = principles.map(({ statement, revision }) => statement ?? revision);
  const questions = principles.flatMap(({ comparison }) => comparison ?? []);
  return {
    id: principles.map(({ id }) => id).join('+'),
    statement: statements.join('\n'),
    critique: lines('critique'),
    revision: lines('revision'),
    ...(questions.length === principles.length && { comparison: questions.join('\n') }),
    weight: 1,
    tags: [],
  };
};

const firstRequest = (
  conversation: Message[],
  { answer_format }: CritiqueSettings,
): Pick<CritiqueRequest, 'prompt' | 'stop'> =>
  answer_format === 'chat' ? { prompt: conversation, stop: [] } : transcriptOf(conversation);
