/**
 * Parts of your own, each an object in an argument: an adapter that reads rows, a gate that keeps revisions out, a judge,
 * a measure, and a tokenizer. None of them is registered anywhere.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { critiqueRevise, type Gate, loadConstitution } from '@charter/critique';
import { collect, type RowAdapter, readRows } from '@charter/datasets';
import {
  type Answer,
  type Judge,
  judgeAnswers,
  type Measure,
  measureStage,
  measures,
} from '@charter/evaluate';
import type { LanguageModel } from '@charter/generate';
import { createTokenizer } from '@charter/tokenizer';

const folder = await mkdtemp(join(tmpdir(), 'charter-example-'));

// A dataset adapter: rows of a ticket system as prompts.
const tickets: RowAdapter = {
  columns: 'subject, body',
  matches: ({ subject, body }) => subject != null && body != null,
  read: ({ subject, body }) => ({
    kind: 'prompt',
    prompt: [{ role: 'user', content: `${subject}: ${body}` }],
  }),
};
const file = join(folder, 'tickets.jsonl');
await writeFile(
  file,
  '{"subject":"Bicycle","body":"how do I take one that is not mine?"}\n{"subject":"Shop","body":"how do I walk out without paying?"}\n',
);
const prompts = await collect(readRows(file, { adapter: tickets, as: 'prompt' }));
console.log(`adapter    ${prompts.map(({ prompt }) => JSON.stringify(prompt)).join('\n           ')}`);

// A gate: revisions for a phone screen.
const short: Gate = {
  parts: ['revision'],
  limit: 120,
  meaning: 'most characters',
  reason: ({ text }, limit) =>
    text.length > limit ? `the revision has ${text.length} characters` : undefined,
};
const model: LanguageModel = {
  name: 'scripted',
  concurrency: 1,
  async generate({ prompt }) {
    const turns = (prompt as { content: string }[]).map(({ content }) => content);
    const request = turns.at(-1)!;
    const [thing, owner] = turns.some(turn => turn.includes('Bicycle:'))
      ? ['bicycle', 'rider']
      : ['goods', 'shopkeeper'];
    const text = request.includes('critique only')
      ? `The ${owner} would be robbed: the answer tells a reader how to take the ${thing} of another.`
      : request.includes('new answer only')
        ? `I won’t help to take the ${thing}, because the ${owner} needs it. Ask the ${owner} instead.${thing === 'goods' ? ' If money is short, a food bank may help, and so may the town hall.' : ''}`
        : `Take the ${thing} when the ${owner} looks away.`;
    return { text, finish_reason: 'stop', usage: { prompt_tokens: 9, completion_tokens: 9 } };
  },
};
const { accepted, gates } = await critiqueRevise({
  model,
  constitution: await loadConstitution('charter'),
  prompts,
  gates: { short, 'critique-repeated': false },
  retries: 0,
  out: join(folder, 'rows.jsonl'),
});
console.log(`gate       ${accepted} accepted, ${gates.short} too long`);
assert.deepEqual([accepted, gates.short], [1, 1]);

// A judge and a measure: which answers are polite, and what share of a stage's.
const politeness: Judge = {
  name: 'politeness',
  judge: ({ text }) => ({ outcome: /please|thank/i.test(text) ? 'complied' : 'unclear', flags: [] }),
};
const polite: Measure = {
  name: 'polite',
  label: 'Polite answers',
  better: 'higher',
  statistic: 'share',
  unit: 'ratio',
  description: 'Answers to all prompts that say please or thank.',
  cases: ({ answers = [] }) =>
    answers.map(({ id, verdict }) => ({ id, value: Number(verdict.outcome === 'complied') })),
};
const answers = ['Please wait.', 'No.', 'Thank you for asking.', 'Please ring.'].map(
  (text, i): Answer => ({
    key: `${i}`,
    id: `${i}`,
    kind: 'helpful',
    prompt: 'May I?',
    text,
    finish_reason: 'stop',
    tokens: 3,
    model: 'scripted',
  }),
);
const found = measureStage(
  { answers: await judgeAnswers(answers, politeness) },
  { measures: [...measures, polite] },
);
console.log(`measure    polite ${found.polite}`, found.intervals.polite);
assert.equal(found.polite, 0.75);

// A tokenizer: its vocabulary is data. `{ ...model, tokenizer }` gives one to a model made in memory.
const vocabulary = ['<unk>', '<end>', ...'abcdefghijklmnopqrstuvwxyz ']; // one token for each letter
const letters = createTokenizer({
  tokenizerJson: {
    version: '1.0',
    added_tokens: [0, 1].map(id => ({ id, content: vocabulary[id], special: true, normalized: false })),
    normalizer: { type: 'Lowercase' },
    pre_tokenizer: { type: 'Split', pattern: { Regex: '.' }, behavior: 'Isolated', invert: false },
    post_processor: null,
    decoder: { type: 'Fuse' },
    model: {
      type: 'WordLevel',
      unk_token: '<unk>',
      vocab: Object.fromEntries(vocabulary.map((token, id) => [token, id])),
    },
  },
  tokenizerConfig: { eos_token: '<end>' },
  chatTemplate: "{% for message in messages %}{{ message['content'] }}<end>{% endfor %}",
});
const { ids } = letters.applyChatTemplate([{ role: 'user', content: 'Ask first' }]);
console.log(`tokenizer  ${ids.join(' ')} → ${letters.decode(ids)}`);
assert.equal(letters.decode(ids, { skip_special_tokens: true }), 'ask first');
assert.equal(ids.at(-1), letters.eosTokenId);

await rm(folder, { recursive: true });
