import { expect, test } from 'vitest';
import { loadConstitution } from '../constitution/load-constitution.js';
import { type GateInput, type GateName, gateNames, rejectedBy } from './gates.js';

const examples = [
  {
    critique: 'The person being watched here is the sister, who has not agreed to it and could be in danger.',
    revision: 'I will not help you follow her in secret, but you could ask her openly what is going on.',
  },
];
const before = 'Sure, wait until he is out and put the powder into his tea, a spoon at a time.';
const good = {
  critique: 'The answer tells a reader to put powder into the tea of a person who would be poisoned.',
  revision:
    'I won’t help with that: he would be poisoned. If he frightens you, tell me what happens and we will look for help.',
};
const input = (part: GateInput['part'], text: string, more: Partial<GateInput> = {}): GateInput => ({
  part,
  text,
  finish_reason: 'stop',
  before,
  examples,
  ...more,
});

/** At least one text for every gate. */
const stopped: [GateName, GateInput, string][] = [
  ['empty', input('critique', ' … '), 'the critique has no words'],
  [
    'cut-off',
    input('revision', good.revision, { finish_reason: 'length' }),
    'the revision was cut off at max_new_tokens',
  ],
  [
    'cut-off',
    input('revision', good.revision, { finish_reason: 'content_filter' }),
    'the revision was cut off by the server’s content filter',
  ],
  [
    'format-leak',
    input('critique', `${good.critique}\n\nRevisionRequest: now`),
    'the critique contains "RevisionRequest:"',
  ],
  [
    'format-leak',
    input('revision', `Sure! Here is the revised answer:\n${good.revision}`),
    'the revision contains "Sure! Here is the revised answer:"',
  ],
  ['format-leak', input('revision', `${good.revision}<|im_end|>`), 'the revision contains "<|im_end|>"'],
  [
    'loop',
    input('revision', 'He would be hurt by the tea. '.repeat(8)),
    'the revision is repetitive: 87 % of its 4-grams are repeats',
  ],
  ['loop', input('revision', `No${'!'.repeat(60)}`), 'the revision repeats "!" over and over'],
  [
    'critique-copied',
    input('critique', 'The person being watched here is the sister, who has not agreed to it at all.'),
    '85 % of the critique is word for word in example 1',
  ],
  [
    'critique-repeated',
    input('critique', good.critique, { similar: { share: 0.9, text: good.critique.slice(0, 30) } }),
    '90 % of the critique is word for word in another row’s: "The answer tells a reader to p"',
  ],
  [
    'critique-unspecific',
    input('critique', 'This answer could be harmful to somebody, and a good assistant would never say it.'),
    'the critique names nothing of the question or the answer',
  ],
  [
    'revision-copied',
    input('revision', 'I will not help you follow her in secret, but you could ask her openly.'),
    '100 % of the revision is word for word in example 1',
  ],
  [
    'revision-unchanged',
    input('revision', before.replace('Sure, wait', 'Sure. Wait')),
    'only 0 % of the answer was changed',
  ],
  [
    'revision-refuses-only',
    input('revision', "I'm sorry, but I can't help with that. Take care!"),
    'the revision refuses and says only 2 words beside that',
  ],
  [
    'wrong-language',
    input(
      'revision',
      'Dabei helfe ich dir nicht, denn er würde vergiftet. Wenn du Angst vor ihm hast, sprich mit mir.',
    ),
    'the revision is in another language: deu, where eng was expected',
  ],
  [
    'harm-kept',
    input('revision', `${good.revision} Arsenic does it.`, { phrases: ['ricin', 'arsenic'] }),
    'the revision contains "arsenic"',
  ],
  [
    'harm-kept',
    input('revision', good.revision, { preferred: 0.31 }),
    'the judge finds the revision better than the answer with a probability of only 31 %',
  ],
];

test.each(stopped)('%s stops what it is for, and says why', (gate, text, reason) => {
  expect(rejectedBy(text)).toEqual({ gate, reason });
});

test.each(stopped)('%s can be switched off', (gate, text) => {
  expect(rejectedBy(text, { [gate]: false })?.gate).not.toBe(gate);
});

test('every gate has a text that it stops', () => {
  expect([...new Set(stopped.map(([gate]) => gate))].sort()).toEqual([...gateNames].sort());
});

test('a specific critique and a revision that explains itself pass', () => {
  expect(rejectedBy(input('critique', good.critique))).toBeUndefined();
  expect(rejectedBy(input('revision', good.revision))).toBeUndefined();
});

test('a refusal that gives its reason or offers something passes', () => {
  for (const text of [
    "I can't help with that, because the powder would damage his kidneys within a few days.",
    'I’m sorry. I won’t do this. If you feel unsafe at home, a shelter can take you in tonight.',
  ]) {
    expect(rejectedBy(input('revision', text))).toBeUndefined();
  }
});

test('lists, rules and tables are not loops', () => {
  const table = `| a | b |\n|${'-'.repeat(40)}|${'-'.repeat(40)}|\n| 1 | 2 |\n\n${'='.repeat(80)}\n`;
  expect(rejectedBy(input('revision', `${table}${good.revision}`))).toBeUndefined();
});

test('a limit of one’s own replaces the default', () => {
  const half = input(
    'revision',
    `${before} But please do not, he would be poisoned by that and you would regret it.`,
  );
  expect(rejectedBy(half)).toBeUndefined();
  expect(rejectedBy(half, { 'revision-unchanged': 0.6 })?.gate).toBe('revision-unchanged');
});

test('every critique and revision of the shipped examples passes beside the other examples', async () => {
  const constitution = await loadConstitution('charter');
  for (const example of constitution.examples) {
    const others = constitution.examples.filter(other => other !== example);
    for (const part of ['critique', 'revision'] as const) {
      const text = {
        part,
        text: example[part],
        finish_reason: 'stop' as const,
        before: example.response,
        examples: others,
      };
      expect(rejectedBy(text), example.principle).toBeUndefined();
    }
  }
});

test('a critique that is partly another row’s, or a short one, is no copy', () => {
  const similar = { share: 0.79, text: 'The answer tells a reader to put powder into the soup.' };
  expect(rejectedBy(input('critique', good.critique, { similar }))).toBeUndefined();
  expect(
    rejectedBy(input('critique', 'Powder in the tea.', { similar: { ...similar, share: 1 } })),
  ).toBeUndefined();
});

test('a critique is specific by what it names of question or answer, not by what it was asked', () => {
  const asked = 'How do I get rid of my stepfather?';
  expect(rejectedBy(input('critique', 'The stepfather would suffer.', { question: asked }))).toBeUndefined();
  const request = 'Would a stepfather be poisoned?';
  const echo = input('critique', 'A stepfather would be poisoned.', { question: asked, request });
  expect(rejectedBy(echo)?.gate).toBe('critique-unspecific');
  expect(rejectedBy(input('critique', '毒を入れる', { before: '毒を紅茶に入れて' }))).toBeUndefined();
});

test('a revision in the language of question or answer passes, also where the two differ, and short ones do', () => {
  const german =
    'Dabei helfe ich dir nicht, denn er würde vergiftet. Wenn du Angst vor ihm hast, sprich mit mir.';
  const asked = 'Wie werde ich meinen Stiefvater los, ohne dass es jemand merkt? Sag es mir bitte genau.';
  expect(rejectedBy(input('revision', german, { question: asked }))).toBeUndefined();
  expect(rejectedBy(input('revision', good.revision, { question: asked }))).toBeUndefined();
  // What a broken model wrote tells no language; the question does.
  const broken = 'vvnow t zz kq wvq nnuu eeq rrt vvnow tt zzk qwv qnn uue eqr rtv vnow ttz zkq';
  const question = 'How do I kill a man?';
  expect(rejectedBy(input('revision', good.revision, { before: broken, question }))).toBeUndefined();
  expect(
    rejectedBy(input('revision', 'Nein, das mache ich nicht, weil es ihm schaden würde.')),
  ).toBeUndefined();
});

test('a revision that the judge prefers passes', () => {
  expect(rejectedBy(input('revision', good.revision, { preferred: 0.51 }))).toBeUndefined();
  expect(rejectedBy(input('revision', good.revision, { preferred: 0.51 }), { 'harm-kept': 0.8 })?.gate).toBe(
    'harm-kept',
  );
});
