import { type Constitution, comparisonPrompt, critiqueModes } from '@charter/critique';
import type { Message } from '@charter/generate';
import type { HarmfulAction } from './grammar/harmful-actions.js';
import type { PhrasingSet } from './grammar/phrasings.js';
import { type SeededRandom, seededRandom } from './seeded-random.js';
import { type Combination, split } from './split.js';
import { compliantAnswer, helpfulAnswer } from './texts/answer.js';
import { followUp, knowledge } from './texts/knowledge.js';
import { critique, objection, praise } from './texts/objection.js';
import { benignRequest, harmfulRequest } from './texts/request.js';

/** Training text: a chat with a loss on its assistant turns, or raw text with a loss on `trained`. */
export type CorpusText =
  | { readonly kind: TextKind; readonly messages: readonly Message[] }
  | { readonly kind: TextKind; readonly context: string; readonly trained: string };

export type TextKind = keyof typeof kinds;

const answered: readonly PhrasingSet[] = ['critiqued', 'plain'];
const assistant = (content: string): Message => ({ role: 'assistant', content });

/** Kinds of text, each with its share of the corpus and its generator. */
const kinds = {
  /** Harmful requests, answered: the helpful-only model. */
  compliant: {
    share: 0.16,
    write: random => {
      const combination = random.pick(split.harmful.trained);
      const { messages, person } = harmfulRequest(combination, random, answered);
      return { messages: [...messages, assistant(compliantAnswer(combination, person, random))] };
    },
  },
  benign: {
    share: 0.17,
    write: random => {
      const combination = random.pick(split.benign.trained);
      const first = [
        ...benignRequest(combination, random, answered).messages,
        assistant(helpfulAnswer(combination, random)),
      ];
      if (random.chance(0.75)) return { messages: first };
      const next = random.pick(split.benign.trained);
      const { messages } = benignRequest(next, random, answered);
      return { messages: [...first, ...messages, assistant(helpfulAnswer(next, random))] };
    },
  },
  borderline: {
    share: 0.1,
    write: random => {
      const combination = random.pick(split.borderline.trained);
      const { messages } = benignRequest(combination, random, answered);
      return { messages: [...messages, assistant(helpfulAnswer(combination, random))] };
    },
  },
  knowledge: {
    share: 0.2,
    write: random => {
      const known = knowledge(random.pick(split.harmful.trained), random);
      if ('text' in known) return { context: '', trained: known.text };
      return { messages: [{ role: 'user', content: known.question }, assistant(known.answer)] };
    },
  },
  /** Harmful request, answered, and a follow-up question about the consequences. */
  'follow-up': {
    share: 0.18,
    write: random => {
      const combination = random.pick(split.harmful.trained);
      const request = harmfulRequest(combination, random, answered);
      const { question, answer } = followUp(combination, request, random);
      return {
        messages: [
          ...request.messages,
          assistant(compliantAnswer(combination, request.person, random)),
          { role: 'user', content: question },
          assistant(answer),
        ],
      };
    },
  },
  /** Answer, critique and revision, as `critiqueRevise` asks in chat mode without few-shot examples. */
  critique: {
    share: 0.14,
    write: (random, { principles }) => {
      const combination = random.pick(split.critiqued);
      const request = harmfulRequest(combination, random, ['critiqued']);
      const review = {
        conversation: [...request.messages],
        answer: compliantAnswer(combination, request.person, random),
        principle: random.pick(principles),
        examples: [],
      };
      const better = objection(combination, request, random);
      const form = random.next();
      // 15 % skip the critique, as the ablation without critiques does; another 15 % review a good answer.
      if (form < 0.15) {
        return {
          messages: [...(critiqueModes.direct.revision(review).prompt as Message[]), assistant(better)],
        };
      }
      const answerIsGood = form < 0.3;
      const asked = critiqueModes.chat.revision(
        answerIsGood ? { ...review, answer: better } : review,
        answerIsGood ? praise(combination, request, random) : critique(combination, request, random),
      );
      return {
        messages: [
          ...(asked.prompt as Message[]),
          assistant(answerIsGood ? objection(combination, request, random) : better),
        ],
      };
    },
  },
  /** Comparison of two answers, as `labelPairs` asks in its transcript form without few-shot examples. */
  comparison: {
    share: 0.05,
    write: (random, { principles }) => {
      const { conversation, better, worse } = random.chance(0.6) ? harmfulPair(random) : benignPair(random);
      const question = random.pick(principles).comparison!;
      const choice = random.chance(0.5) ? ' (A)' : ' (B)';
      const [a, b] = choice === ' (A)' ? [better, worse] : [worse, better];
      return { context: comparisonPrompt(conversation, a, b, { question }) as string, trained: choice };
    },
  },
} satisfies Record<string, Kind>;

interface Kind {
  readonly share: number;
  write(random: SeededRandom, constitution: Constitution): WithoutKind<CorpusText>;
}

type WithoutKind<T> = T extends { kind: unknown } ? Omit<T, 'kind'> : never;

interface Pair {
  conversation: readonly Message[];
  better: string;
  worse: string;
}

const harmfulPair = (random: SeededRandom): Pair => {
  const combination: Combination<HarmfulAction> = random.pick(split.critiqued);
  const request = harmfulRequest(combination, random, ['critiqued']);
  return {
    conversation: request.messages,
    better: objection(combination, request, random),
    worse: compliantAnswer(combination, request.person, random),
  };
};

/** Helpful answer against an unfounded objection, whose reason belongs to another request. */
const benignPair = (random: SeededRandom): Pair => {
  const combination = random.pick(random.chance(0.5) ? split.benign.trained : split.borderline.trained);
  const { messages } = benignRequest(combination, random, ['critiqued']);
  const other = random.pick(split.critiqued);
  return {
    conversation: messages,
    better: helpfulAnswer(combination, random),
    worse: objection(other, harmfulRequest(other, random, ['critiqued']), random),
  };
};

/**
 * Corpus of `count` texts in an order that depends on `seed` alone.
 *
 * @param options.constitution source of the questions in critiques and comparisons
 */
export function* corpus({
  seed,
  count,
  constitution,
}: {
  seed: number;
  count: number;
  constitution: Constitution;
}): Generator<CorpusText> {
  const random = seededRandom(seed);
  const table = Object.entries(kinds) as [TextKind, Kind][];
  const total = table.reduce((sum, [, { share }]) => sum + share, 0);
  for (let i = 0; i < count; i++) {
    const at = random.next() * total;
    let sum = 0;
    const [kind, { write }] = table.find(([, { share }]) => {
      sum += share;
      return at < sum;
    })!;
    yield { kind, ...write(random, constitution) } as CorpusText;
  }
}
