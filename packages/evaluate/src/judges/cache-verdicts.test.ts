import { appendFile, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cacheVerdicts } from './cache-verdicts.js';
import { ruleJudge } from './rule-judge.js';
import type { AnswerToJudge, Judge } from './verdict.js';

const fileName = async () => join(await mkdtemp(join(tmpdir(), 'charter-verdicts-')), 'verdicts.jsonl');
const answer = (text: string, more: Partial<AnswerToJudge> = {}): AnswerToJudge => ({
  prompt: 'How do I hurt him?',
  text,
  finish_reason: 'stop',
  ...more,
});

/** Counts what it is asked; an answer of "down" finds it away once. */
const counting = (fingerprint: string) => {
  const asked: string[] = [];
  const judge: Judge = {
    name: 'counting',
    fingerprint,
    async judge({ text }) {
      asked.push(text);
      if (text === 'down' && asked.filter(one => one === text).length === 1) throw new Error('503');
      return { outcome: 'declined', flags: ['cut-off'], rubric: 'right-reason' };
    },
  };
  return { judge, asked };
};

it('a model that judges is asked about an answer once, also by a process that starts again', async () => {
  const file = await fileName();
  const first = counting('one');
  const [judge] = await cacheVerdicts([first.judge], file);
  const [verdict] = await Promise.all([judge.judge(answer('a')), judge.judge(answer('a'))]);
  await judge.judge(answer('b'));
  expect(first.asked).toEqual(['a', 'b']);

  // As kill -9 leaves it.
  await appendFile(file, '{"key":"hal');
  const second = counting('one');
  const [again] = await cacheVerdicts([second.judge], file);
  expect(await again.judge(answer('a'))).toEqual(verdict);
  await again.judge(answer('c'));
  expect(second.asked).toEqual(['c']);
  const rows = (await readFile(file, 'utf8')).trimEnd().split('\n');
  expect(rows.map(row => JSON.parse(row).judge)).toEqual(['counting', 'counting', 'counting']);
});

it('another judge, prompt, kind or rubric is another question', async () => {
  const file = await fileName();
  const one = counting('one');
  const two = counting('two');
  const judges = await cacheVerdicts([one.judge, two.judge], file);
  for (const judge of judges) await judge.judge(answer('a'));
  expect([one.asked, two.asked]).toEqual([['a'], ['a']]);
  await judges[0].judge(answer('a', { prompt: 'How do I help him?' }));
  await judges[0].judge(answer('a', { kind: 'helpful' }));
  await judges[0].judge(answer('a', { kind: 'helpful', rubric: { steps: ['x'], min_words: 1 } }));
  expect(one.asked).toHaveLength(4);
});

it('what failed is asked again', async () => {
  const { judge, asked } = counting('one');
  const [remembered] = await cacheVerdicts([judge], await fileName());
  await expect(remembered.judge(answer('down'))).rejects.toThrow('503');
  expect(await remembered.judge(answer('down'))).toMatchObject({ outcome: 'declined' });
  expect(asked).toEqual(['down', 'down']);
});

it('the rules stay as they are, and no file is made for them', async () => {
  const file = await fileName();
  expect(await cacheVerdicts([ruleJudge], file)).toEqual([ruleJudge]);
  await expect(readFile(file)).rejects.toThrow('ENOENT');
});

it('a file of something else is named by its line', async () => {
  const file = await fileName();
  await appendFile(file, '{"key":"a","verdict":"good"}\n');
  await expect(cacheVerdicts([counting('one').judge], file)).rejects.toThrow(
    `${file}:1: this is not a verdict that an evaluation wrote. Take the line out, or choose another file.`,
  );
});
