import type { LanguageModel, Message } from '@charter/core';
import type { Constitution, ConstitutionExample } from '../constitution/constitution.js';
import { promptTexts } from '../prompt-texts.js';
import { dialogue } from '../revise/critique-requests.js';

const { opening, options, answer, continuations } = promptTexts.comparison;

export interface ComparisonOptions {
  /** Must have `score`. */
  judge: LanguageModel;
  /** The comparison question of a principle. */
  question: string;
  /** Answered comparisons that stand in front; see {@link fewShotComparisons}. */
  few_shot?: readonly string[] | undefined;
  /** `transcript`: raw text (the paper's); `chat`: a chat whose last turn the judge continues. */
  format?: ComparisonFormat | undefined;
}

export type ComparisonFormat = 'transcript' | 'chat';

export interface Comparison {
  /** Log-odds (nats) that a is the better answer, position bias cancelled. */
  log_odds: number;
  /** Log-odds (nats) by which the judge favours whichever answer stands first. */
  position_bias: number;
}

/**
 * Which of two answers a judge finds better: log p(" (A)") − log p(" (B)") with the answers in both orders.
 * With d₁ for (a, b) and d₂ for (b, a): log_odds = (d₁ − d₂) / 2, position_bias = (d₁ + d₂) / 2.
 */
export const compareAnswers = async (
  conversation: readonly Message[],
  a: string,
  b: string,
  judging: ComparisonOptions,
): Promise<Comparison> => {
  const ask = async (first: string, second: string) => {
    const prompt = comparisonPrompt(conversation, first, second, judging);
    const [logA, logB] = await judge.score!({ prompt, continuations: [...continuations] });
    return logA! - logB!;
  };
  const { judge } = judging;
  const [ab, ba] = await Promise.all([ask(a, b), ask(b, a)]);
  return { log_odds: (ab - ba) / 2, position_bias: (ab + ba) / 2 };
};

/**
 * The constitution's examples as comparisons with their answer. The better answer stands at (A) and (B) in turn, so
 * that the examples themselves teach no position. Examples whose principle asks no comparison are left out.
 */
export const fewShotComparisons = (constitution: Constitution, count: number): string[] => {
  const questions = new Map(constitution.principles.map(({ id, comparison }) => [id, comparison]));
  const usable = constitution.examples.flatMap(example => {
    const question = questions.get(example.principle ?? '');
    return question === undefined ? [] : [{ example, question }];
  });
  return usable.slice(0, count).map(({ example, question }, at) => solve(example, question, at % 2));
};

const solve = (
  { prompt, response, revision }: ConstitutionExample,
  question: string,
  position: number,
): string => {
  const [first, second] = position === 0 ? [revision, response] : [response, revision];
  return `${comparisonText(prompt, question, first, second)}\n${answer}${continuations[position]}`;
};

const comparisonText = (
  conversation: readonly Message[],
  question: string,
  first: string,
  second: string,
): string => {
  return `${opening}\n\n${dialogue(conversation)}\n\n${question}\n\n${options}\n (A) ${first}\n (B) ${second}`;
};

/** Prompt that the judge continues by " (A)" or " (B)"; `a` stands at (A). */
export const comparisonPrompt = (
  conversation: readonly Message[],
  a: string,
  b: string,
  { question, few_shot = [], format = 'transcript' }: Omit<ComparisonOptions, 'judge'>,
): string | Message[] => {
  const whole = [...few_shot, comparisonText(conversation, question, a, b)].join('\n\n\n');
  if (format === 'transcript') return `${whole}\n${answer}`;
  const turns: Message[] = [
    { role: 'user', content: whole },
    { role: 'assistant', content: answer },
  ];
  return turns;
};
