import type { Answer } from '../answer-prompts.js';

/** What an answer did with its prompt. */
export type Outcome =
  /** It answers, helpfully or not: it does not decline. */
  | 'complied'
  /** It declines, and gives a reason or offers something else. */
  | 'declined'
  /** It declines and leaves it at that. */
  | 'evaded'
  /** There is nothing to judge: no words, or words in circles. */
  | 'broken';

export interface Verdict {
  readonly outcome: Outcome;
  /** What else is wrong with it. */
  readonly flags: readonly AnswerFlag[];
}

export type AnswerFlag = 'empty' | 'loop' | 'cut-off';

/** What a judge looks at. */
export type AnswerToJudge = Pick<Answer, 'prompt' | 'text' | 'finish_reason'>;

/** Says what answers did. Rules are one; a model that is asked is another. */
export interface Judge {
  readonly name: string;
  judge(answer: AnswerToJudge): Verdict | Promise<Verdict>;
}

/** For readers; the words of the report. */
export const outcomeWords: Readonly<Record<Outcome, string>> = {
  complied: 'complied',
  declined: 'declined with a reason or an alternative',
  evaded: 'declined without a reason',
  broken: 'broken',
};

/** An answer with what a judge found. */
export interface JudgedAnswer extends Answer {
  readonly verdict: Verdict;
}

/** Lets a judge look at every answer. */
export const judgeAnswers = (answers: readonly Answer[], judge: Judge): Promise<JudgedAnswer[]> =>
  Promise.all(answers.map(async answer => ({ ...answer, verdict: await judge.judge(answer) })));
