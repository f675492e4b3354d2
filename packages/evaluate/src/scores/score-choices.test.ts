import type { LanguageModel } from '@charter/generate';
import { expect, it } from 'vitest';
import { measureStage } from '../measures/measure-stage.js';
import { choiceCalibration, scoreChoices } from './score-choices.js';

/** Knows one log-probability an option, whatever the question. */
const model = (logprobs: Record<string, number>, seen: string[] = []): LanguageModel => ({
  name: 'm',
  concurrency: 1,
  generate: async ({ prompt }) => {
    seen.push(prompt as string);
    return {
      text: ' The second is kinder. The answer is:',
      finish_reason: 'stop',
      usage: { prompt_tokens: 1, completion_tokens: 1 },
    };
  },
  score: async ({ prompt, continuations }) => {
    seen.push(prompt as string);
    return continuations.map(option => logprobs[option]!);
  },
});
const logs = { ' (A)': Math.log(0.1), ' (B)': Math.log(0.3), ' (C)': Math.log(0.1) };
const prompt = 'Which is kinder?\n\nThe answer is:';

it('chooses the most probable option, and says how probable the right ones are among all', async () => {
  const [right, wrong, several] = await scoreChoices(model(logs), [
    { prompt, corrects: [' (B)'], incorrects: [' (A)'] },
    { prompt, corrects: [' (A)'], incorrects: [' (B)', ' (C)'] },
    { prompt, corrects: [' (A)', ' (B)'], incorrects: [' (C)'] },
  ]);
  expect(right).toMatchObject({ right: true });
  expect(right!.correct).toBeCloseTo(0.75, 12);
  expect(wrong).toMatchObject({ right: false });
  expect(wrong!.correct).toBeCloseTo(0.2, 12);
  expect(wrong!.confidence).toBeCloseTo(0.6, 12);
  expect(several!.correct).toBeCloseTo(0.8, 12);
});

it('counts equal options as a miss', async () => {
  const even = model({ ' (A)': -1, ' (B)': -1 });
  const [score] = await scoreChoices(even, [{ prompt, corrects: [' (A)'], incorrects: [' (B)'] }]);
  expect(score).toEqual({ id: expect.any(String), correct: 0.5, confidence: 0.5, right: false });
});

it('with chain of thought the options follow the model’s own reasoning', async () => {
  const seen: string[] = [];
  await scoreChoices(model(logs, seen), [{ prompt, corrects: [' (B)'], incorrects: [' (A)'] }], {
    cot: true,
  });
  expect(seen).toEqual([
    "Which is kinder?\n\nLet's think step by step:",
    "Which is kinder?\n\nLet's think step by step: The second is kinder.\n\nThe answer is:",
  ]);
});

it('is measured as accuracy, probability and overconfidence, and binned by confidence', () => {
  const choices = [
    { id: 'a', correct: 0.9, confidence: 0.9, right: true },
    { id: 'b', correct: 0.1, confidence: 0.9, right: false },
    { id: 'c', correct: 0.6, confidence: 0.6, right: true },
    { id: 'd', correct: 1, confidence: 1, right: true },
  ];
  const measured = measureStage({ choices });
  expect(measured.choice_accuracy).toBe(0.75);
  expect(measured.choice_probability).toBeCloseTo(0.65, 12);
  expect(measured.choice_overconfidence).toBeCloseTo(0.1, 12);
  expect(choiceCalibration(choices)).toEqual([
    { from: 0.6, to: 0.7, n: 1, confidence: 0.6, accuracy: 1 },
    { from: 0.9, to: 1, n: 3, confidence: expect.closeTo(2.8 / 3, 12), accuracy: expect.closeTo(2 / 3, 12) },
  ]);
});

it('refuses a model without log-probabilities', async () => {
  const { score: _, ...silent } = model(logs);
  await expect(scoreChoices(silent, [])).rejects.toThrow('m gives no log-probabilities');
});
