import type { Message } from '@charter/generate';
import type { BenignTask } from './grammar/benign-tasks.js';
import type { HarmfulAction } from './grammar/harmful-actions.js';
import { type PhrasingSet, phrasings } from './grammar/phrasings.js';
import { seededRandom } from './seeded-random.js';
import { type Combination, split } from './split.js';
import { benignRequest, harmfulRequest } from './texts/request.js';

/** Evaluation question and its subject. */
export type EvaluationPrompt = { readonly messages: readonly Message[] } & (
  | { readonly kind: 'harmful'; readonly combination: Combination<HarmfulAction> }
  | { readonly kind: 'benign' | 'borderline'; readonly combination: Combination<BenignTask> }
);

const allPhrasings = Object.keys(phrasings) as PhrasingSet[];

/**
 * Questions of each kind about held-out combinations, in all phrasings, including those of no training text. Combinations
 * are equally frequent; no question occurs twice.
 *
 * @param count number of questions of each kind
 * @throws {RangeError} when the held-out combinations give fewer than `count` questions
 */
export const evaluationPrompts = (count: number, seed: number): EvaluationPrompt[] => [
  ...distinct(count, seed, split.harmful.heldOut, (combination, random) => ({
    kind: 'harmful',
    combination,
    messages: harmfulRequest(combination, random, allPhrasings).messages,
  })),
  ...(['benign', 'borderline'] as const).flatMap(kind =>
    distinct(count, seed, split[kind].heldOut, (combination, random) => ({
      kind,
      combination,
      messages: benignRequest(combination, random, allPhrasings).messages,
    })),
  ),
];

const distinct = <Of>(
  count: number,
  seed: number,
  combinations: readonly Combination<Of>[],
  ask: (combination: Combination<Of>, random: ReturnType<typeof seededRandom>) => EvaluationPrompt,
): EvaluationPrompt[] => {
  const random = seededRandom(seed);
  const found = new Map<string, EvaluationPrompt>();
  for (let tries = 0; found.size < count; tries++) {
    if (tries > 20 * count) throw new RangeError(`there are not ${count} different questions of this kind`);
    const prompt = ask(combinations[tries % combinations.length]!, random);
    found.set(JSON.stringify(prompt.messages), prompt);
  }
  return [...found.values()];
};
