import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LanguageModel, ScoreRequest } from '@charter/core';
import { describe, expect, test } from 'vitest';
import { loadConstitution } from '../constitution/load-constitution.js';
import { type CritiqueReviseOptions, critiqueRevise } from '../revise/critique-revise.js';
import type { CritiqueRow } from '../revise/critique-row.js';
import { revisionDiversity } from '../revise/revision-diversity.js';
import { lastTurn, scriptedModel, sensibleReply } from '../scripted-model.fixture.js';
import { chooseBest } from './choose-best.js';

const constitution = await loadConstitution('charter');
const prompts = [0, 1, 2, 3].map(n => ({ prompt: `In case ${n}, how do I harm my neighbour?` }));

/** Prefers the answer with more of a word, and, by `bias` nats, whichever stands first. */
const wordJudge = (word: string, { bias = 0, name = 'judge' } = {}): LanguageModel & { asked: number } => {
  const count = (text: string) => text.split(word).length - 1;
  const judge = {
    ...scriptedModel(() => ''),
    name,
    asked: 0,
    async score({ prompt }: ScoreRequest) {
      judge.asked += 1;
      const [, a, b] = /\n \(A\) ([\s\S]*)\n \(B\) ([\s\S]*)\n/.exec(`${prompt}`.split('\n\n\n').at(-1)!)!;
      return [count(a!) + bias, count(b!)];
    },
  };
  return judge;
};

const run = async (options: Partial<CritiqueReviseOptions>) => {
  const out = join(await mkdtemp(join(tmpdir(), 'selection-')), 'rows.jsonl');
  const summary = await critiqueRevise({
    model: scriptedModel(sensibleReply),
    constitution,
    prompts,
    out,
    ...options,
  });
  const read = async (file: string): Promise<CritiqueRow[]> =>
    (await readFile(file, 'utf8'))
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line));
  return { summary, rows: await read(out), rejected: await read(summary.rejected_file) };
};

describe('of several answers', () => {
  test('the one that wins against the others is taken, whatever the judge’s liking for a place', async () => {
    const judging = { judge: wordJudge('kind', { bias: 1.5 }), question: 'Which is kinder?' };
    const { best, log_odds, comparisons } = await chooseBest(
      [{ role: 'user', content: 'Hello' }],
      ['kind', 'kind kind kind', 'no'],
      judging,
    );
    expect(best).toBe(1);
    expect(log_odds).toEqual([-0.5, 2.5, -2]);
    expect(comparisons).toHaveLength(3);
    expect(comparisons[0]).toEqual({
      probability: 1 / (1 + Math.exp(-0.5)),
      agreed: true,
      position_bias: 1.5,
    });
    expect(comparisons[1]).toMatchObject({ agreed: false });
  });
});

describe('samples', () => {
  const model = () =>
    scriptedModel(request => {
      if (!/new answer only/.test(lastTurn(request))) return sensibleReply(request);
      return `${sensibleReply(request)}${' gentle'.repeat(request.seed! % 5)}`;
    });

  test('the best of them by the judge is trained on, and each comparison is kept', async () => {
    const judge = wordJudge('gentle');
    const { rows, summary } = await run({ model: model(), judge, samples: 4 });
    for (const { steps, revision_response, judge } of rows) {
      const [step] = steps;
      const gentle = step!.candidates!.map(({ revision }) => revision.split('gentle').length - 1);
      expect(new Set(step!.candidates!.map(({ revision }) => revision)).size).toBe(4);
      expect(revision_response.split('gentle').length - 1).toBe(Math.max(...gentle));
      expect(step!.comparisons).toHaveLength(6);
      expect(judge).toBe('judge');
    }
    expect(judge.asked).toBe(rows.length * 6 * 2);
    expect(summary.selection).toMatchObject({ comparisons: 24, position_bias: 0 });
    const { calibration } = summary.selection!;
    expect(calibration.reduce((sum, { comparisons }) => sum + comparisons, 0)).toBe(24);
    for (const { from, to, probability } of calibration) {
      expect(probability).toBeGreaterThanOrEqual(from);
      expect(probability).toBeLessThanOrEqual(to);
    }
  });

  test('a sample that a gate stops is no candidate', async () => {
    const scripted = scriptedModel(request => {
      if (!/new answer only/.test(lastTurn(request))) return sensibleReply(request);
      return request.seed! % 2 ? 'I cannot help. gentle gentle' : sensibleReply(request);
    });
    const { rows } = await run({ model: scripted, judge: wordJudge('gentle'), samples: 4 });
    const stopped = rows.flatMap(({ steps }) =>
      steps.flatMap(({ candidates }) => candidates!.filter(c => c.gate)),
    );
    expect(stopped.length).toBeGreaterThan(0);
    for (const { revision_response } of rows) expect(revision_response).not.toContain('gentle');
  });

  test('the same seed chooses the same, and one sample asks no judge', async () => {
    const options = () => ({ model: model(), judge: wordJudge('gentle'), samples: 3, concurrency: 1 });
    expect((await run(options())).rows).toEqual((await run(options())).rows);
    const judge = wordJudge('gentle');
    const { rows, summary } = await run({ judge });
    expect(judge.asked).toBe(0);
    expect(rows[0]).toMatchObject({ judge: '' });
    expect(summary).not.toHaveProperty('selection');
  });

  test('a judge without log-probabilities, or principles without a question, are refused', async () => {
    await expect(run({ samples: 2 })).rejects.toThrow(/^scripted gives no log-probabilities, which choosing/);
    const principles = constitution.principles.map(({ comparison: _, ...principle }) => principle);
    const judge = wordJudge('gentle');
    await expect(run({ samples: 2, judge, constitution: { ...constitution, principles } })).rejects.toThrow(
      /the principle "physical-harm" has no `comparison` question/,
    );
  });
});

describe('a judged revision', () => {
  test('that is not found better than the answer is stopped, with the judge’s probability', async () => {
    const { summary, rejected } = await run({
      judge: wordJudge('go ahead'),
      judge_revisions: true,
      retries: 0,
    });
    expect(summary.gates['harm-kept']).toBe(4);
    expect(rejected[0]!.reasons![0]).toBe(
      'harm-kept: the judge finds the revision better than the answer with a probability of only 27 %',
    );
    expect(rejected[0]!.steps[0]!.preferred).toBeCloseTo(1 / (1 + Math.E), 6);
  });

  test('that is found better passes', async () => {
    const { summary } = await run({ judge: wordJudge('rather not'), judge_revisions: true });
    expect(summary).toMatchObject({ accepted: 4, rejected: 0 });
  });
});

test('several principles at once stand in one request, and each is counted', async () => {
  const { rows, summary } = await run({ principles_per_critique: 3 });
  for (const { principle_id, critic_prompt } of rows) {
    const ids = principle_id.split('+');
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) {
      expect(critic_prompt).toContain(constitution.principles.find(one => one.id === id)!.critique);
    }
  }
  const principles = Object.values(summary.principles);
  const attempts = principles.reduce((sum, principle) => sum + principle.attempts, 0);
  const share = principles.reduce((sum, principle) => sum + principle.share, 0);
  expect(attempts).toBe(12);
  expect(share).toBeCloseTo(1);
});

test('four revisions in a chain: each criticises the one before, and the last is trained on', async () => {
  const { rows } = await run({ revisions: 4 });
  for (const { steps, revision_response } of rows) {
    expect(steps.map(({ revision_index }) => revision_index)).toEqual([0, 1, 2, 3]);
    expect(new Set(steps.map(({ revision }) => revision)).size).toBe(4);
    expect(revision_response).toBe(steps[3]!.revision);
  }
});

test('a principle whose revisions all say the same has spread 0, others more', async () => {
  const step = (principle_id: string, revision: string, gate = '') => ({ principle_id, revision, gate });
  const rows = [
    { steps: [step('same', 'a'), step('other', 'a'), step('once', 'a'), step('same', 'b', 'loop')] },
    { steps: [step('same+other', 'aa')] },
    { steps: [step('other', 'b')] },
  ] as unknown as CritiqueRow[];
  const embed = async (text: string) => Float32Array.from(text.startsWith('a') ? [text.length, 0] : [0, 3]);
  const spread = await revisionDiversity(rows, embed);
  expect(Object.keys(spread)).toEqual(['other', 'same']);
  expect(spread.same).toBeCloseTo(0, 12);
  expect(spread.other).toBeCloseTo(1 - 5 / 9, 6);
});
