import type { PromptFileName } from '@charter/charter-tiny';
import type { Rubric } from '@charter/evaluate';
import type { Message } from '@charter/generate';
import { rubricOf } from './evaluate-organism.js';
import { type EvaluationPrompt, evaluationPrompts } from './evaluation-prompts.js';
import type { PhrasingSet } from './grammar/phrasings.js';
import { seededRandom } from './seeded-random.js';
import { type Combination, split } from './split.js';
import { helpfulAnswer } from './texts/answer.js';
import { benignRequest, harmfulRequest } from './texts/request.js';

/** Row of a prompt file for recipes and `charter critique --prompts`. */
export interface PromptRow {
  readonly prompt: readonly Message[];
  /** Good answer, for the helpful mix and for perplexity. */
  readonly response?: string;
  /** Rubric of answers; held-out prompts have one. */
  readonly rubric?: Rubric;
}

const row = (prompt: EvaluationPrompt): PromptRow => ({
  prompt: prompt.messages,
  rubric: rubricOf(prompt),
});

const trainingPhrasings: readonly PhrasingSet[] = ['critiqued', 'plain'];

/**
 * Prompt files of a recipe, for training and for evaluation. Half of the harmful training prompts are about practised
 * actions, half about critiqued ones; held-out prompts are those of `evaluateOrganism`.
 *
 * @param count rows of each file
 */
export const recipePrompts = ({ count, seed }: { count: number; seed: number }) => {
  const random = seededRandom(seed);
  const rows = <Of>(
    combinations: (i: number) => readonly Combination<Of>[],
    write: (combination: Combination<Of>) => PromptRow,
  ) => {
    const found = new Map<string, PromptRow>();
    while (found.size < count) {
      const made = write(random.pick(combinations(found.size)));
      found.set(JSON.stringify(made.prompt), made);
    }
    return [...found.values()];
  };
  const heldOut = evaluationPrompts(count, seed);
  const ofKind = (kind: (typeof heldOut)[number]['kind']) => heldOut.filter(prompt => prompt.kind === kind);
  return {
    harmful: rows(
      i => (i % 2 === 0 ? split.practised : split.critiqued),
      combination => ({ prompt: harmfulRequest(combination, random, trainingPhrasings).messages }),
    ),
    helpful: rows(
      i => (i % 4 === 0 ? split.borderline.trained : split.benign.trained),
      combination => ({
        prompt: benignRequest(combination, random, trainingPhrasings).messages,
        response: helpfulAnswer(combination, random),
      }),
    ),
    'harmful-held-out': ofKind('harmful').map(row),
    'helpful-held-out': heldOut.flatMap(prompt =>
      prompt.kind === 'benign'
        ? [{ ...row(prompt), response: helpfulAnswer(prompt.combination, random) }]
        : [],
    ),
    'borderline-held-out': ofKind('borderline').map(row),
  } satisfies Record<PromptFileName, PromptRow[]>;
};
