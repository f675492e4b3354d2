import type { LanguageModel } from '@charter/generate';
import { caseIds } from '../case-id.js';
import { EvaluateError } from '../evaluate-error.js';

/** A question with options as continuations, such as " (A)" and " (B)"; at least one is right and one wrong. */
export interface ChoiceQuestion {
  /** Raw text that the options continue. */
  readonly prompt: string;
  readonly corrects: readonly string[];
  readonly incorrects: readonly string[];
}

/** A model's probabilities of a question's options. */
export interface ChoiceScore {
  readonly id: string;
  /** Probability of the right options together, of all options. */
  readonly correct: number;
  /** Probability of the option that the model chooses. */
  readonly confidence: number;
  /** True when the chosen option is right. */
  readonly right: boolean;
}

export interface ScoreChoicesOptions {
  /** Lets the model reason before it chooses; its words stand between the question and the options. */
  readonly cot?: boolean | undefined;
  /** Maximum number of tokens of the reasoning; default 200. */
  readonly max_new_tokens?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  onProgress?: ((progress: { done: number; total: number }) => void) | undefined;
}

/** Line that asks for the option, at the end of the paper's prompts. */
const CONCLUSION = 'The answer is:';
const REASONING = "Let's think step by step:";

/**
 * Answers multiple-choice questions by log-probability: of the options that might follow, the most probable is chosen.
 * Zero-shot, or with chain of thought: then the model first continues "Let's think step by step:", greedily.
 *
 * @returns scores in the order of the questions
 * @throws {EvaluateError} when the model gives no log-probabilities
 * @see Bai et al. 2022, section 3.1 and figures 4 and 12; anthropics/ConstitutionalHarmlessnessPaper, evals/
 */
export const scoreChoices = async (
  model: LanguageModel,
  questions: readonly ChoiceQuestion[],
  { cot = false, max_new_tokens = 200, signal, onProgress }: ScoreChoicesOptions = {},
): Promise<ChoiceScore[]> => {
  const score = model.score?.bind(model);
  if (!score) {
    throw new EvaluateError(
      `${model.name} gives no log-probabilities, by which options are chosen. Take a local model.`,
    );
  }
  const ids = caseIds(questions, ({ prompt, corrects, incorrects }) => [prompt, corrects, incorrects]);
  const scores: ChoiceScore[] = [];
  for (const [i, { prompt, corrects, incorrects }] of questions.entries()) {
    signal?.throwIfAborted();
    const asked = cot ? await reasoned(model, prompt, { max_new_tokens, signal }) : prompt;
    const logprobs = await score({ prompt: asked, continuations: [...corrects, ...incorrects] });
    scores.push({ id: ids[i]!, ...choiceOf(logprobs, corrects.length) });
    onProgress?.({ done: i + 1, total: questions.length });
  }
  return scores;
};

const choiceOf = (logprobs: readonly number[], corrects: number): Omit<ChoiceScore, 'id'> => {
  const most = Math.max(...logprobs);
  const weights = logprobs.map(logprob => Math.exp(logprob - most));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return {
    correct: weights.slice(0, corrects).reduce((sum, weight) => sum + weight, 0) / total,
    confidence: 1 / total,
    // Of equal ones a wrong option counts as chosen.
    right: logprobs.lastIndexOf(most) < corrects,
  };
};

const reasoned = async (
  model: LanguageModel,
  prompt: string,
  options: { max_new_tokens: number; signal: AbortSignal | undefined },
): Promise<string> => {
  const question = prompt.trimEnd().endsWith(CONCLUSION)
    ? prompt.trimEnd().slice(0, -CONCLUSION.length).trimEnd()
    : prompt.trimEnd();
  const opening = `${question}\n\n${REASONING}`;
  const { text } = await model.generate({
    prompt: opening,
    temperature: 0,
    stop: [CONCLUSION],
    ...options,
  });
  return `${opening} ${text.replaceAll(CONCLUSION, '').trim()}\n\n${CONCLUSION}`;
};

/** Questions whose chosen options had about the same probability. */
export interface ChoiceCalibrationBin {
  /** Bounds of `confidence`. */
  readonly from: number;
  readonly to: number;
  readonly n: number;
  /** Mean confidence, and share of right choices: equal for a calibrated model. */
  readonly confidence: number;
  readonly accuracy: number;
}

/** Calibration of choices in `bins` equal intervals of confidence; empty ones are left out. */
export const choiceCalibration = (scores: readonly ChoiceScore[], bins = 10): ChoiceCalibrationBin[] =>
  Array.from({ length: bins }, (_, i) => {
    const [from, to] = [i / bins, (i + 1) / bins];
    const own = scores.filter(({ confidence }) => Math.min(bins - 1, Math.floor(confidence * bins)) === i);
    const mean = (value: (score: ChoiceScore) => number) =>
      own.reduce((sum, score) => sum + value(score), 0) / own.length;
    return {
      from,
      to,
      n: own.length,
      confidence: mean(({ confidence }) => confidence),
      accuracy: mean(({ right }) => Number(right)),
    };
  }).filter(({ n }) => n > 0);
