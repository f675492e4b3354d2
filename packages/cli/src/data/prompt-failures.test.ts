import { GenerateError } from '@charter/generate';
import { expect, test } from 'vitest';
import { promptFailures } from './prompt-failures.js';

const row = (n: number) => ({ source: { file: 'prompts.jsonl', row: n } });
const tooLong = new GenerateError('900 tokens are more than 256.', {
  field: 'prompt',
  code: 'context_length_exceeded',
});
const start = (skip: boolean) => {
  const notes: string[] = [];
  const failures = promptFailures({ 'skip-bad-rows': skip }, { note: text => notes.push(text) });
  return { failures, notes };
};

test('a row whose prompt fails ends the command by its place, and says how to go on', () => {
  expect(() => start(false).failures.failed(tooLong, row(2))).toThrow(
    'prompts.jsonl:2: 900 tokens are more than 256. To go on without it: --skip-bad-rows.',
  );
});

test('with --skip-bad-rows it is named and counted, the first five by their reasons', () => {
  const { failures, notes } = start(true);
  failures.answered();
  for (let n = 1; n <= 30; n++) failures.failed(tooLong, row(n));
  failures.end();
  expect(failures.count).toBe(30);
  expect(notes).toHaveLength(6);
  expect(notes[0]).toBe('Skipped: prompts.jsonl:1: 900 tokens are more than 256.');
});

test('what is no fault of a row ends the command all the same', () => {
  const { failures } = start(true);
  for (const error of [
    new GenerateError('the server cannot be reached'),
    new GenerateError('401', { status: 401 }),
    new GenerateError('spent', { field: 'budget' }),
    new TypeError('x is undefined'),
  ]) {
    expect(() => failures.failed(error, row(1))).toThrow(error.message);
  }
  for (const status of [400, 413, 422, 500])
    failures.failed(new GenerateError('refused', { status }), row(1));
  expect(failures.count).toBe(4);
});

test('where every row fails, no row is to blame', () => {
  const { failures } = start(true);
  for (let n = 1; n < 20; n++) failures.failed(tooLong, row(n));
  expect(() => failures.end()).toThrow('All 19 rows failed');
  expect(() => failures.failed(tooLong, row(20))).toThrow(/The first 20 rows all failed.*prompts\.jsonl:20/);
});
