import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { CommandContext } from '../command-line/command.js';
import { choiceQuestions } from './choice-questions.js';

const read = async (row: object, limit?: number) => {
  const file = join(await mkdtemp(join(tmpdir(), 'charter-choices-')), 'rows.jsonl');
  await writeFile(file, `${JSON.stringify(row)}\n`);
  return choiceQuestions({ data: file, limit }, {} as CommandContext);
};

it.each([
  [
    'the paper',
    {
      prompt: 'Which? The answer is:',
      corrects: [' (A)'],
      incorrects: [' (B)'],
      text_correct: ['x'],
      text_incorrect: ['y'],
    },
    { prompt: 'Which? The answer is:', corrects: [' (A)'], incorrects: [' (B)'] },
  ],
  [
    'ARC',
    {
      id: '1',
      question: 'What melts?',
      choices: { text: ['stone', 'ice'], label: ['A', 'B'] },
      answerKey: 'B',
    },
    { prompt: 'Question: What melts?\nAnswer:', corrects: [' ice'], incorrects: [' stone'] },
  ],
  [
    'OpenBookQA',
    { question_stem: 'Ice will', choices: { text: ['melt', 'sing'], label: ['A', 'B'] }, answerKey: 'A' },
    { prompt: 'Ice will', corrects: [' melt'], incorrects: [' sing'] },
  ],
  [
    'MMLU',
    { question: 'Two and two?', subject: 'sums', choices: ['3', '4', '5', '6'], answer: 1 },
    {
      prompt: 'Two and two?\nA. 3\nB. 4\nC. 5\nD. 6\nAnswer:',
      corrects: [' B'],
      incorrects: [' A', ' C', ' D'],
    },
  ],
  [
    'HellaSwag',
    {
      activity_label: 'Baking',
      ctx_a: '[header] How to bake [title] Heat it.',
      ctx_b: 'she',
      endings: ['opens [step] the oven.', 'flies.'],
      label: '0',
    },
    { prompt: 'Baking: How to bake. Heat it. She', corrects: [' opens the oven.'], incorrects: [' flies.'] },
  ],
  [
    'PIQA',
    { goal: 'Dry a shirt', sol1: 'Hang it up.', sol2: 'Eat it.', label: 0 },
    { prompt: 'Question: Dry a shirt\nAnswer:', corrects: [' Hang it up.'], incorrects: [' Eat it.'] },
  ],
  [
    'samples that lm_eval logs',
    {
      doc: {},
      target: '1',
      arguments: { gen_args_0: { arg_0: 'Q', arg_1: ' a' }, gen_args_1: { arg_0: 'Q', arg_1: ' b' } },
    },
    { prompt: 'Q', corrects: [' b'], incorrects: [' a'] },
  ],
])('reads a multiple-choice question in the form of %s', async (_, row, question) => {
  expect(await read(row)).toEqual([question]);
});

it('names the row whose columns or right option do not fit', async () => {
  await expect(read({ text: 'a', n: 1 })).rejects.toThrow(
    /rows\.jsonl, row 1: its columns text, n are those of no/,
  );
  await expect(read({ goal: 'a', sol1: 'b', sol2: 'c', label: 2 })).rejects.toThrow(
    /row 1: the row: the right option is number 2 of 2, from 0/,
  );
});
