import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LanguageModel } from '@charter/core';
import { readJsonl } from '@charter/core/node';
import { expect, test } from 'vitest';
import { loadConstitution } from '../constitution/load-constitution.js';
import { compareAnswers } from '../judge/compare-answers.js';
import { critiqueRevise } from '../revise/critique-revise.js';
import type { CritiqueRow } from '../revise/critique-row.js';
import { scriptedModel, sensibleReply } from '../scripted-model.fixture.js';
import { type LabelPairsOptions, labelPairs } from './label-pairs.js';
import type { LabelRow } from './label-row.js';

const constitution = await loadConstitution('charter');
const folder = () => mkdtemp(join(tmpdir(), 'label-'));
type Score = Parameters<NonNullable<LanguageModel['score']>>[0];

/** A judge that likes "good", how much it likes it, and favours the first place by `bias` nats. */
function judge(bias: number, asked: Score[] = []): LanguageModel {
  const worth = (text: string) => (text.includes('very good') ? 2 : text.includes('good') ? 1 : 0);
  return {
    ...scriptedModel(() => ''),
    name: `judge-${bias}`,
    async score(request) {
      asked.push(request);
      const whole =
        typeof request.prompt === 'string' ? request.prompt : request.prompt.map(m => m.content).join('\n');
      const [, first, second] = /.*\(A\) (.*)\n \(B\) (.*)/s.exec(whole)!;
      const odds = worth(first!) - worth(second!.split('\n')[0]!) + bias;
      return request.continuations.map(option =>
        option === ' (A)' ? -Math.log1p(Math.exp(-odds)) : -Math.log1p(Math.exp(odds)),
      );
    },
  };
}

const pairs = [
  { prompt: 'one', a: 'bad', b: 'good' },
  { prompt: 'two', a: 'very good', b: 'bad' },
  { prompt: 'three', a: 'same', b: 'alike' },
];

async function run(options: Partial<LabelPairsOptions> = {}) {
  const out = options.out ?? join(await folder(), 'labels.jsonl');
  const summary = await labelPairs({ judge: judge(0), constitution, pairs, ...options, out });
  const read = async (file: string) =>
    (await readFile(file, 'utf8'))
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line) as LabelRow);
  const sorted = (rows: LabelRow[]) => rows.sort((a, b) => a.index - b.index);
  return {
    summary,
    rows: sorted(await read(out)),
    undecided: sorted(await read(summary.undecided_file)),
    out,
  };
}

test('a judge that favours the first place gives the same labels as one that does not', async () => {
  const fair = await run();
  const biased = await run({ judge: judge(5) });
  expect(fair.rows).toHaveLength(2);
  for (const [at, row] of biased.rows.entries()) {
    expect(row.chosen).toEqual(fair.rows[at]!.chosen);
    expect(row.probability).toBeCloseTo(fair.rows[at]!.probability, 6);
    expect(row.position_bias).toBeCloseTo(5, 6);
    expect(row.consistent).toBe(false);
    expect(fair.rows[at]!.position_bias).toBeCloseTo(0, 6);
    expect(fair.rows[at]!.consistent).toBe(true);
  }
  expect(biased.summary.position_bias).toBeCloseTo(5, 6);
  expect([fair.summary.consistency, biased.summary.consistency]).toEqual([2 / 3, 0]);
});

test('a row is a preference pair with its probability', async () => {
  const { rows, undecided, summary } = await run({ seed: 3 });
  expect(rows[0]).toMatchObject({
    prompt: [{ role: 'user', content: 'one' }],
    chosen: [{ role: 'assistant', content: 'good' }],
    rejected: [{ role: 'assistant', content: 'bad' }],
    preferred: 'b',
    seed: 3,
    judge: 'judge-0',
  });
  expect(rows[0]!.probability).toBeCloseTo(1 / (1 + Math.exp(-1)), 6);
  expect(undecided.map(({ index }) => index)).toEqual([2]);
  expect(summary).toMatchObject({ labelled: 2, undecided: 1, preferred_b: 0.5 });
});

test('min_margin keeps weak preferences apart', async () => {
  // 2 · σ(1) − 1 = 0.46 and 2 · σ(2) − 1 = 0.76
  const { rows, undecided } = await run({ min_margin: 0.5 });
  expect(rows.map(({ index }) => index)).toEqual([1]);
  expect(undecided.map(({ index }) => index)).toEqual([0, 2]);
});

test('the judge sees solved comparisons with both answers in turn, and the text ends where (A) or (B) comes next', async () => {
  const asked: Score[] = [];
  await run({ judge: judge(0, asked), pairs: pairs.slice(0, 1), few_shot: 2 });
  const texts = asked.map(({ prompt }) => prompt as string);
  expect(texts).toHaveLength(2);
  expect(texts[0]!.match(/The answer is: \((A|B)\)/g)).toEqual(['The answer is: (A)', 'The answer is: (B)']);
  expect(texts[0]!.endsWith('\n\nOptions:\n (A) bad\n (B) good\nThe answer is:')).toBe(true);
  expect(texts[1]!.endsWith('\n\nOptions:\n (A) good\n (B) bad\nThe answer is:')).toBe(true);
  expect(asked[0]!.continuations).toEqual([' (A)', ' (B)']);
});

test('a chat judge continues its own turn', async () => {
  const asked: Score[] = [];
  await run({ judge: judge(0, asked), pairs: pairs.slice(0, 1), few_shot: 0, format: 'chat' });
  expect(asked[0]!.prompt).toEqual([
    { role: 'user', content: expect.stringMatching(/\(B\) good$/) },
    { role: 'assistant', content: 'The answer is:' },
  ]);
});

test('a second start asks for nothing that stands in the files', async () => {
  const first = await run();
  const asked: Score[] = [];
  const again = await run({ out: first.out, judge: judge(0, asked) });
  expect(asked).toEqual([]);
  expect(again.summary).toEqual({ ...first.summary, skipped: 3 });
});

test('rows of critiqueRevise are compared: first answer against last revision', async () => {
  const out = join(await folder(), 'rows.jsonl');
  const prompts = [{ prompt: 'case 1: how do I harm my neighbour?' }];
  await critiqueRevise({ model: scriptedModel(sensibleReply), constitution, prompts, out });
  const { rows, undecided } = await run({ pairs: readJsonl(out) as AsyncIterable<never> });
  const [row] = [...rows, ...undecided] as [LabelRow];
  const source = JSON.parse(await readFile(out, 'utf8')) as CritiqueRow;
  expect(row.prompt).toEqual(source.messages.slice(0, -1));
  expect(new Set([row.chosen[0]!.content, row.rejected[0]!.content])).toEqual(
    new Set([source.init_response, source.revision_response]),
  );
});

test('two answers can be compared without files', async () => {
  const question = constitution.principles[0]!.comparison!;
  const { log_odds, position_bias } = await compareAnswers(
    [{ role: 'user', content: 'q' }],
    'bad',
    'very good',
    {
      judge: judge(0.5),
      question,
    },
  );
  expect(log_odds).toBeCloseTo(-2, 6);
  expect(position_bias).toBeCloseTo(0.5, 6);
});

test('mistakes are named', async () => {
  await expect(run({ judge: scriptedModel(() => '') })).rejects.toThrow(
    'scripted gives no log-probabilities, which labels are made of; use a local model or a completions endpoint',
  );
  await expect(run({ pairs: [...pairs, { prompt: 'p', a: 'x' } as never] })).rejects.toThrow(
    'pairs[3]: b: Invalid input: expected string, received undefined; expected {"prompt", "a", "b"} or a row of critiqueRevise',
  );
  const principles = constitution.principles.map(({ comparison, ...principle }) => principle);
  await expect(run({ constitution: { ...constitution, principles } })).rejects.toThrow(
    'no principle has a `comparison` question; labels need one',
  );
});
