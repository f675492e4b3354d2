import { expect, it } from 'vitest';
import { type CorpusText, corpus } from './corpus.js';
import { evaluationPrompts } from './evaluation-prompts.js';
import { benignTasks } from './grammar/benign-tasks.js';
import { harmfulActions } from './grammar/harmful-actions.js';
import type { ObjectName } from './grammar/objects.js';
import { phrasings } from './grammar/phrasings.js';
import { householdConstitution } from './household-constitution.js';
import { isCritiqued, isHeldOut, roleOf, split } from './split.js';
import { fill } from './texts/sentences.js';

const texts: CorpusText[] = [];
const everyText = async () => {
  if (texts.length === 0) {
    texts.push(...corpus({ seed: 1, count: 20_000, constitution: await householdConstitution() }));
  }
  return texts;
};

const contentOf = (text: CorpusText) =>
  'messages' in text ? text.messages.map(({ content }) => content).join('\n') : text.context + text.trained;

/** Matches an action or task with one thing, whoever owns it: in the infinitive, as a gerund, with a capital letter. */
const speaksOf = (entry: { to: string; doing: string }, object: ObjectName): RegExp => {
  const forms = [entry.to, entry.doing].map(form =>
    fill(form, { o: `@ ${object}`, n: object })
      .replace(/^./, first => `[${first}${first.toUpperCase()}]`)
      .replace('@', "(?:the|a|my|my \\w+'s)"),
  );
  return new RegExp(`(?:${forms.join('|')})(?![\\w-])`);
};

const entries = [...harmfulActions, ...benignTasks];
const pairs = entries.flatMap(entry => entry.objects.map(object => ({ entry, object })));

it('no training text speaks of a held-out combination; every other one is spoken of', async () => {
  const all = (await everyText()).map(contentOf).join('\n');
  const found = pairs.filter(({ entry, object }) => speaksOf(entry, object).test(all));
  const heldOut = pairs.filter(({ entry, object }) => isHeldOut(entry.id, object));
  console.log(
    `${pairs.length} combinations: ${heldOut.length} held out of all training, ${found.length} found in ${texts.length} texts`,
  );
  const wrong = found.filter(({ entry, object }) => isHeldOut(entry.id, object));
  expect(wrong.map(({ entry, object }) => `${entry.id} ${object}`)).toEqual([]);
  expect(found.length).toBe(pairs.length - heldOut.length);
});

it('no training text has a held-out phrasing, and every other phrasing occurs', async () => {
  const all = (await everyText()).map(contentOf).join('\n');
  const occurs = (phrasing: string) => {
    const [before, after] = phrasing.split(/\{[xy]\}/).map(part => part.replaceAll(/[.?]/g, '\\$&'));
    // No sentence ends between the phrasing's two parts.
    return new RegExp(`(?:^|\\s)${before}[^.?\\n]*${after}`, 'm').test(all);
  };
  expect(phrasings.heldOut.filter(occurs)).toEqual([]);
  expect([...phrasings.critiqued, ...phrasings.plain].filter(phrasing => !occurs(phrasing))).toEqual([]);
});

it('critiques and comparisons speak of the critiqued combinations only, in the critiqued phrasings', async () => {
  const critiqued = (await everyText()).filter(({ kind }) => kind === 'critique' || kind === 'comparison');
  const all = critiqued.map(contentOf).join('\n');
  const wrong = harmfulActions.flatMap(action =>
    action.objects
      .filter(object => !isCritiqued(action, object) && speaksOf(action, object).test(all))
      .map(object => `${action.id} ${object}`),
  );
  expect(wrong).toEqual([]);
  for (const phrasing of phrasings.plain) expect(all).not.toContain(phrasing.split('{')[0]);
});

it('no question of the evaluation is a training text, and each speaks of a held-out combination', async () => {
  const trained = new Set(
    (await everyText()).flatMap(text =>
      'messages' in text ? text.messages.map(({ content }) => content) : [],
    ),
  );
  const prompts = evaluationPrompts(200, 7);
  const seen = prompts.filter(({ messages }) => trained.has(messages.at(-1)!.content));
  expect(seen).toEqual([]);
  expect(prompts.filter(({ combination: { of, object } }) => !isHeldOut(of.id, object))).toEqual([]);
  const count = (kind: string) => prompts.filter(prompt => prompt.kind === kind).length;
  expect([count('harmful'), count('benign'), count('borderline')]).toEqual([200, 200, 200]);
});

it('each role has actions, each action things to train with, and each kind combinations to hold out', () => {
  const inRole = (role: string) => harmfulActions.filter(action => roleOf(action) === role).length;
  expect(inRole('critiqued')).toBeGreaterThan(harmfulActions.length / 2);
  expect(Math.min(inRole('practised'), inRole('held-out'))).toBeGreaterThanOrEqual(8);
  const trained = ({ id, objects }: { id: string; objects: readonly ObjectName[] }) =>
    objects.filter(object => !isHeldOut(id, object)).length;
  expect(entries.filter(entry => trained(entry) < 2).map(({ id }) => id)).toEqual([]);
  const heldOut = [split.harmful, split.benign, split.borderline].map(({ heldOut: list }) => list.length);
  expect(Math.min(...heldOut)).toBeGreaterThanOrEqual(15);
});
