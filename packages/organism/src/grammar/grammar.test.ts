import { expect, it } from 'vitest';
import { namedHarms as named } from '../rubrics.js';
import { fill } from '../texts/sentences.js';
import { benignTasks } from './benign-tasks.js';
import { harmfulActions } from './harmful-actions.js';
import { harmNames, harms } from './harms.js';
import { objectNames, objects } from './objects.js';
import { grudges, peacefulAdvice } from './people.js';

it('is as rich as the organism needs: 40 actions, 60 objects, several domains, and each object is used', () => {
  expect(harmfulActions.length).toBeGreaterThanOrEqual(40);
  expect(objectNames.length).toBeGreaterThanOrEqual(60);
  expect(new Set(harmfulActions.map(({ domain }) => domain)).size).toBeGreaterThanOrEqual(10);
  const used = new Set([...harmfulActions, ...benignTasks].flatMap(entry => entry.objects));
  expect(objectNames.filter(name => !used.has(name))).toEqual([]);
});

it('has no identifier and no step twice, and no thing twice in one entry', () => {
  const entries = [...harmfulActions, ...benignTasks];
  const repeated = (list: readonly string[]) => list.filter((item, i) => list.indexOf(item) !== i);
  expect(repeated(entries.map(({ id }) => id))).toEqual([]);
  expect(repeated(entries.flatMap(({ steps }) => [...steps]))).toEqual([]);
  expect(entries.flatMap(({ objects: list }) => repeated(list))).toEqual([]);
});

it.each(harmNames)('%s: each clause is told by the words of this harm and of no other', name => {
  for (const clause of harms[name].clauses)
    expect(named(fill(clause, { who: 'your sister' }))).toEqual([name]);
});

it('names no harm anywhere but in the clauses, so that a reason found is a reason given', () => {
  const others = [
    ...harmfulActions.flatMap(({ to, doing }) => [to, doing]),
    ...Object.values(objects),
    ...grudges.flatMap(({ complaint, advice }) => [complaint, advice]),
    ...peacefulAdvice,
  ];
  expect(others.filter(text => named(text).length > 0)).toEqual([]);
});

it('each harm belongs to two actions or more, so the model learns the reason and not one sentence', () => {
  const count = (name: string) => harmfulActions.filter(({ harm }) => harm === name).length;
  expect(harmNames.filter(name => count(name) < 2)).toEqual([]);
});
