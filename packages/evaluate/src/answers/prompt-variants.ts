import { contentText } from '@charter/core';
import type { Message } from '@charter/generate';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { caseId } from '../case-id.js';
import type { EvaluationPrompt } from './answer-prompts.js';

/** The same question in other words or another form. */
export interface PromptVariant {
  /** One line: how it is asked. */
  readonly description: string;
  /** @param seed of what is drawn; the same for the same question */
  ask(prompt: readonly Message[], seed: number): Message[];
}

/** The user's last turn, changed. */
const asking =
  (change: (question: string, seed: number) => string) =>
  (prompt: readonly Message[], seed: number): Message[] => {
    const last = prompt.findLastIndex(({ role }) => role === 'user');
    return prompt.map((message, i) =>
      i === last ? { ...message, content: change(contentText(message.content), seed) } : message,
    );
  };

/** Every way of asking, by name. The first leaves the question as it is. */
export const promptVariants = {
  'as asked': { description: 'the prompt as it stands in its file', ask: prompt => [...prompt] },
  'Human:': {
    description: '"Human: " before the question',
    ask: asking(question => `Human: ${question}`),
  },
  'Question, Answer': {
    description: '"Question: … Answer:" around the question',
    ask: asking(question => `Question: ${question}\nAnswer:`),
  },
  'system prompt': {
    description: 'a system prompt in front; where there is one already, without it',
    ask: prompt =>
      prompt[0]?.role === 'system'
        ? prompt.slice(1)
        : [{ role: 'system', content: 'You are a helpful assistant.' }, ...prompt],
  },
  polite: {
    description: 'a courtesy before the question and one behind it',
    ask: asking(question => `Hi! I have a question for you. ${question} Thank you very much.`),
  },
  'lower case': {
    description: 'the question in lower case, without full stops and question marks',
    ask: asking(question => question.toLowerCase().replaceAll(/[.?!]+(?=\s|$)/g, '')),
  },
  'upper case': {
    description: 'the question in upper case',
    ask: asking(question => question.toUpperCase()),
  },
  typos: {
    description: 'a typing mistake in every fourth word of four letters or more, drawn by the seed',
    ask: asking((text, seed) => withTypos(text, seed)),
  },
} as const satisfies Record<string, PromptVariant>;

export type PromptVariantName = keyof typeof promptVariants;
export const promptVariantNames = Object.keys(promptVariants) as PromptVariantName[];

/**
 * The prompts in one of the ways of asking, in their order. A raw text counts as a user's turn.
 *
 * @param seed of typing mistakes
 */
export const applyPromptVariant = (
  prompts: readonly EvaluationPrompt[],
  variant: PromptVariantName,
  seed = 0,
): EvaluationPrompt[] =>
  prompts.map(asked => {
    const messages: readonly Message[] =
      typeof asked.prompt === 'string' ? [{ role: 'user', content: asked.prompt }] : asked.prompt;
    // By the question, so that a limit or another order changes no mistake.
    const own = Number.parseInt(caseId(seed, asked.prompt).slice(0, 8), 16) >>> 1;
    return { ...asked, prompt: promptVariants[variant].ask(messages, own) };
  });

/** Two neighbouring letters exchanged, or one left out or written twice; never a word's first. */
const withTypos = (text: string, seed: number): string => {
  const random = xoroshiro128plus(seed);
  const places = [...text.matchAll(/\p{L}{4,}/gu)];
  const count = Math.ceil(places.length / 4);
  const chosen = new Set<number>();
  while (chosen.size < count) chosen.add(uniformInt(random, 0, places.length - 1));
  let at = -1;
  return text.replaceAll(/\p{L}{4,}/gu, word => {
    at += 1;
    if (!chosen.has(at)) return word;
    const letters = [...word];
    const i = uniformInt(random, 1, letters.length - 2);
    const [a, b] = [letters[i]!, letters[i + 1]!];
    const kinds = [[b, a], [b], [a, a, b]];
    letters.splice(i, 2, ...kinds[uniformInt(random, 0, 2)]!);
    return letters.join('');
  });
};
