import { appendFile, mkdtemp, readFile, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Message } from '@charter/core';
import { expect, test } from 'vitest';
import { loadConstitution } from '../constitution/load-constitution.js';
import { CritiqueError } from '../critique-error.js';
import type { Gate } from '../gates/gates.js';
import { lastTurn, scriptedModel, sensibleReply } from '../scripted-model.fixture.js';
import { type CritiqueReviseOptions, critiqueRevise } from './critique-revise.js';
import type { CritiqueRow } from './critique-row.js';

const constitution = await loadConstitution('charter');
const cases = (count: number) =>
  Array.from({ length: count }, (_, n) => ({
    id: n + 100,
    prompt: `In case ${n}, how do I harm my neighbour?`,
  }));
const folder = () => mkdtemp(join(tmpdir(), 'critique-'));
const rowsOf = async (file: string): Promise<CritiqueRow[]> =>
  (await readFile(file, 'utf8'))
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line));
const byIndex = (rows: CritiqueRow[]) => rows.toSorted((a, b) => a.index - b.index);

async function run(options: Partial<CritiqueReviseOptions> = {}) {
  const model = scriptedModel(sensibleReply);
  const out = join(await folder(), 'rows.jsonl');
  const summary = await critiqueRevise({ model, constitution, prompts: cases(6), out, ...options });
  return { model, summary, rows: byIndex(await rowsOf(options.out ?? out)) };
}

test('a row has the columns of cai-conversation-harmless, and every intermediate text', async () => {
  const { rows } = await run({ prompts: cases(1), revisions: 3, seed: 7 });
  const [row] = rows as [CritiqueRow];
  expect(Object.keys(row).slice(0, 11)).toEqual([
    'index',
    'prompt',
    'init_prompt',
    'init_response',
    'critic_prompt',
    'critic_response',
    'revision_prompt',
    'revision_response',
    'messages',
    'chosen',
    'rejected',
  ]);
  const user = { role: 'user', content: 'In case 0, how do I harm my neighbour?' };
  const last = row.steps[2]!;
  expect(row.steps).toHaveLength(3);
  expect(row.messages).toEqual([user, { role: 'assistant', content: last.revision }]);
  expect(row.chosen).toEqual(row.messages);
  expect(row.rejected).toEqual([user, { role: 'assistant', content: row.init_response }]);
  expect(row).toMatchObject({
    id: '100',
    accepted: true,
    revision_response: last.revision,
    critic_response: last.critique,
    principle_id: last.principle_id,
    seed: 7,
    model: 'scripted',
    critic: 'scripted',
    usage: { requests: 7, prompt_tokens: 70, completion_tokens: 35 },
  });
});

test('each revision starts from the one before', async () => {
  const { model, rows } = await run({ prompts: cases(1), revisions: 2 });
  const critiques = model.requests.filter(request => /critique only/.test(lastTurn(request)));
  const reviewed = critiques.map(({ prompt }) =>
    typeof prompt === 'string' ? '' : (prompt as Message[]).at(-2)!.content,
  );
  expect(reviewed).toEqual([rows[0]!.init_response, rows[0]!.steps[0]!.revision]);
});

test('the order of prompts and the number in flight change no text', async () => {
  const slow = scriptedModel(sensibleReply, { concurrency: 5, delay: ({ seed }) => seed! % 7 });
  const one = await run({ concurrency: 1, revisions: 2 });
  const other = await run({ model: slow, prompts: cases(6).reverse(), revisions: 2 });
  const texts = (rows: CritiqueRow[]) =>
    rows.map(({ index, ...row }) => row).sort((a, b) => (a.id < b.id ? -1 : 1));
  expect(texts(other.rows)).toEqual(texts(one.rows));
  expect(slow.most).toBe(5);
});

test('another seed draws other principles, the same seed the same for any model', async () => {
  const drawn = async (seed: number, name: string) =>
    (await run({ seed, prompts: cases(12), model: scriptedModel(sensibleReply, { name }) })).rows.map(
      row => row.principle_id,
    );
  expect(await drawn(1, 'a')).toEqual(await drawn(1, 'b'));
  expect(await drawn(2, 'a')).not.toEqual(await drawn(1, 'a'));
});

test('principles are drawn in proportion to their weights, and weight 0 never', async () => {
  const [first, second, third] = constitution.principles;
  const principles = [
    { ...first!, weight: 0 },
    { ...second!, weight: 1 },
    { ...third!, weight: 3 },
  ];
  const { summary } = await run({ prompts: cases(400), constitution: { ...constitution, principles } });
  expect(Object.keys(summary.principles).sort()).toEqual([second!.id, third!.id].sort());
  expect(summary.principles[third!.id]!.share).toBeGreaterThan(0.68);
  expect(summary.principles[third!.id]!.share).toBeLessThan(0.82);
});

test('few-shot mode continues a raw transcript and stops at the next label', async () => {
  const model = scriptedModel(({ prompt }) => {
    if (typeof prompt !== 'string') return 'Sure, go ahead.';
    return prompt.endsWith('\n\nCritique:')
      ? ' The words "go ahead" invite harm to the neighbour.\n'
      : ' I would not do that, because your neighbour would be hurt; talk to them.';
  });
  const { rows } = await run({ model, mode: 'few-shot', few_shot: 2, prompts: cases(1) });
  const [, critique, revision] = model.requests;
  const text = critique!.prompt as string;
  expect(text.match(/^Human: /gm)).toHaveLength(3);
  expect(text.startsWith(`Human: ${constitution.examples[0]!.prompt[0]!.content}\n\nAssistant: `)).toBe(true);
  expect(
    text.endsWith(
      `\n\nAssistant: Sure, go ahead.\n\nCritiqueRequest: ${rows[0]!.critic_prompt}\n\nCritique:`,
    ),
  ).toBe(true);
  expect(revision!.prompt).toBe(
    `${text} ${rows[0]!.critic_response}\n\nRevisionRequest: ${rows[0]!.revision_prompt}\n\nRevision:`,
  );
  expect(critique!.stop).toContain('\nRevisionRequest:');
  expect(rows[0]!.critic_response).toBe('The words "go ahead" invite harm to the neighbour.');
});

test('chat mode puts the examples in front as turns that alternate, after a system message', async () => {
  const prompt = [
    { role: 'system' as const, content: 'Be brief.' },
    { role: 'user' as const, content: 'Hello' },
    { role: 'assistant' as const, content: 'Hi' },
    { role: 'user' as const, content: 'case 3: how do I harm my neighbour?' },
  ];
  const { model, rows } = await run({ few_shot: 2, prompts: [{ prompt }] });
  const roles = (n: number) =>
    (model.requests[n]!.prompt as typeof prompt).map(({ role }) => role[0]).join('');
  expect([roles(0), roles(1), roles(2)]).toEqual([
    'suau',
    `s${'ua'.repeat(6)}uauau`,
    `s${'ua'.repeat(6)}uauauau`,
  ]);
  expect(rows[0]!.messages.slice(0, -1)).toEqual(prompt);
  expect(rows[0]!.prompt).toBe(prompt[3]!.content);
});

test('direct mode asks for no critique', async () => {
  const { model, rows } = await run({ mode: 'direct', prompts: cases(1) });
  expect(model.requests).toHaveLength(2);
  expect(rows[0]).toMatchObject({ accepted: true, critic_prompt: '', critic_response: '' });
});

test('in-context mode answers anew with the principles in the system prompt, and keeps them out of the row', async () => {
  const prompt = [
    { role: 'system' as const, content: 'Be brief.' },
    { role: 'user' as const, content: 'In case 4, how do I harm my neighbour?' },
  ];
  const model = scriptedModel(({ prompt: messages }) =>
    JSON.stringify(messages).includes('- Do not help')
      ? 'I will not help with that, because your neighbour would be hurt by it; talk to them first.'
      : 'Sure, go ahead and do it at night.',
  );
  const principles = ['crime-and-fraud', 'privacy-and-stalking'].map(
    id => constitution.principles.find(principle => principle.id === id)!,
  );
  const { rows } = await run({
    model,
    mode: 'in-context',
    few_shot: 1,
    principles_per_critique: 9,
    constitution: { ...constitution, principles },
    prompts: [{ prompt }],
  });
  const [, asked] = model.requests.map(({ prompt: messages }) => messages as Message[]);
  const system = asked![0]!.content as string;
  expect(system.startsWith('Be brief.\n\n')).toBe(true);
  for (const { statement } of principles) expect(system).toContain(`\n- ${statement}`);
  expect(asked!.slice(1)).toEqual([
    ...constitution.examples[0]!.prompt,
    { role: 'assistant', content: constitution.examples[0]!.revision },
    prompt[1],
  ]);
  expect(rows[0]).toMatchObject({ accepted: true, critic_response: '', revision_prompt: system.slice(11) });
  expect(rows[0]!.chosen).toEqual([...prompt, { role: 'assistant', content: rows[0]!.revision_response }]);
  expect(rows[0]!.rejected).toEqual([...prompt, { role: 'assistant', content: rows[0]!.init_response }]);
});

test('a critic of its own criticises and revises; a given answer is not asked for', async () => {
  const critic = scriptedModel(sensibleReply, { name: 'critic' });
  const prompts = [{ prompt: 'case 5?', init_response: 'Yes, go ahead at night.' }];
  const { model, rows } = await run({ critic, prompts });
  expect([model.requests.length, critic.requests.length]).toEqual([0, 2]);
  expect(rows[0]).toMatchObject({
    model: 'scripted',
    critic: 'critic',
    init_response: 'Yes, go ahead at night.',
  });
});

test('a raw transcript can ask for the first answer', async () => {
  const { model } = await run({ answer_format: 'transcript', prompts: cases(1) });
  expect(model.requests[0]!.prompt).toBe('Human: In case 0, how do I harm my neighbour?\n\nAssistant:');
});

test('sampling settings reach the step they are for', async () => {
  const sampling = { answer: { max_new_tokens: 11, top_p: 0.9 }, critique: { temperature: 0 } };
  const { model } = await run({ prompts: cases(1), sampling });
  const [answer, critique, revision] = model.requests;
  expect(answer).toMatchObject({ max_new_tokens: 11, top_p: 0.9, temperature: 1 });
  expect(critique).toMatchObject({ max_new_tokens: 200, temperature: 0 });
  expect(revision).toMatchObject({ max_new_tokens: 300, temperature: 1 });
});

test('a stopped attempt is tried again by another principle; what stays stopped goes to rejected.jsonl', async () => {
  const model = scriptedModel(request => {
    const stubborn = JSON.stringify(request.prompt).includes('case 2,');
    const isRevision = /new answer only/.test(lastTurn(request));
    return stubborn && isRevision ? "I'm sorry, I can't help with that." : sensibleReply(request);
  });
  const out = join(await folder(), 'rows.jsonl');
  const { summary, rows } = await run({ model, out, retries: 2 });
  const rejected = await rowsOf(join(out, '..', 'rejected.jsonl'));
  expect(rows.map(({ index }) => index)).toEqual([0, 1, 3, 4, 5]);
  expect(rejected).toHaveLength(1);
  expect(rejected[0]).toMatchObject({
    index: 2,
    accepted: false,
    reasons: Array(3).fill('revision-refuses-only: the revision refuses and says only 0 words beside that'),
  });
  expect(new Set(rejected[0]!.steps.map(step => step.principle_id)).size).toBe(3);
  expect(summary).toMatchObject({ rows: 6, accepted: 5, rejected: 1, gates: { 'revision-refuses-only': 3 } });
  expect(summary.rejected_file).toBe(join(out, '..', 'rejected.jsonl'));
});

test('a critique that is stopped costs no revision, and the chain goes on from the last good answer', async () => {
  let critiques = 0;
  const model = scriptedModel(request => {
    if (!/critique only/.test(lastTurn(request))) return sensibleReply(request);
    critiques += 1;
    return critiques === 2 ? constitution.examples[1]!.critique : sensibleReply(request);
  });
  const { rows, summary } = await run({ model, revisions: 3, retries: 0, prompts: cases(1) });
  expect(rows[0]!.steps.map(({ gate }) => gate)).toEqual(['', 'critique-copied', '']);
  expect(rows[0]!.steps[1]!.revision).toBe('');
  expect(model.requests).toHaveLength(1 + 2 + 1 + 2);
  expect(summary.accepted).toBe(1);
});

test('a gate of your own rejects texts, is counted, and is part of a row’s key', async () => {
  const casual: Gate = {
    parts: ['revision'],
    limit: 1,
    meaning: 'most exclamation marks',
    reason({ text }, limit) {
      const count = text.split('!').length - 1;
      return count > limit ? `the revision has ${count} exclamation marks` : undefined;
    },
  };
  const model = scriptedModel(request => {
    const text = sensibleReply(request);
    return /new answer only/.test(lastTurn(request)) && /case 1\b/.test(text) ? `${text}!!` : text;
  });
  const { rows, summary } = await run({ model, prompts: cases(2), retries: 0, gates: { casual } });
  expect(summary).toMatchObject({ accepted: 1, rejected: 1, gates: { casual: 1, loop: 0 } });
  const [rejected] = await rowsOf(summary.rejected_file);
  expect(rejected!.reasons).toEqual(['casual: the revision has 2 exclamation marks']);
  const others = await Promise.all([
    run({ prompts: cases(2) }),
    run({ gates: { casual }, prompts: cases(2), retries: 0 }),
  ]);
  expect(others.map(other => other.rows[0]!.key === rows[0]!.key)).toEqual([false, true]);
});

test('the summary gives each principle’s share, acceptance and average change', async () => {
  const { summary } = await run({ prompts: cases(30) });
  const shares = Object.values(summary.principles).map(({ share }) => share);
  expect(shares.reduce((a, b) => a + b)).toBeCloseTo(1);
  for (const { accepted, attempts, acceptance, change } of Object.values(summary.principles)) {
    expect(acceptance).toBe(accepted / attempts);
    expect(change).toBeGreaterThan(0.5);
  }
  expect(summary.usage).toEqual({ requests: 90, prompt_tokens: 900, completion_tokens: 450 });
});

test('a second start repeats nothing; prompts that stand twice in a stream are done once', async () => {
  const out = join(await folder(), 'rows.jsonl');
  const first = await run({ out, prompts: [...cases(4), ...cases(2)] });
  expect(first.summary).toMatchObject({ rows: 4, skipped: 0, duplicates: 2 });
  const again = await run({ out, prompts: cases(5) });
  expect(again.summary).toMatchObject({ rows: 5, skipped: 4, duplicates: 0 });
  expect(again.model.requests).toHaveLength(3);
});

test('whatever decides a row is part of its key', async () => {
  const base = { prompts: cases(1), seed: 1 };
  const key = async (options: Partial<CritiqueReviseOptions>) =>
    (await run({ ...base, ...options })).rows[0]!.key;
  const other = { ...constitution, hash: 'other' };
  const keys = await Promise.all([
    key({}),
    key({ seed: 2 }),
    key({ revisions: 2 }),
    key({ constitution: other }),
    key({ sampling: { answer: { temperature: 0.5 } } }),
    key({ critic: scriptedModel(sensibleReply, { name: 'critic' }) }),
    key({ gates: { loop: false } }),
  ]);
  expect(new Set(keys).size).toBe(keys.length);
  expect(await key({})).toBe(keys[0]);
});

test('a row that was torn by kill -9 is cut off and done again', async () => {
  const out = join(await folder(), 'rows.jsonl');
  const whole = await run({ out, concurrency: 1 });
  const bytes = await readFile(out);
  await truncate(out, bytes.length - 40);
  const resumed = await run({ out, concurrency: 1 });
  expect(resumed.summary.skipped).toBe(5);
  expect({ ...resumed.summary, skipped: 0 }).toEqual(whole.summary);
  expect(await readFile(out)).toEqual(bytes);
});

test('the signal stops a run cleanly, and the next start goes on', async () => {
  const out = join(await folder(), 'rows.jsonl');
  const stop = new AbortController();
  const slow = scriptedModel(sensibleReply, { delay: () => 3 });
  const onProgress = ({ accepted }: { accepted: number }) => accepted === 7 && stop.abort();
  const first = await run({ out, model: slow, prompts: cases(40), signal: stop.signal, onProgress });
  expect(first.summary.stopped).toBe(true);
  expect(first.rows.length).toBeLessThan(12);
  const { summary, rows } = await run({ out, prompts: cases(40) });
  expect(summary).toMatchObject({ rows: 40, skipped: first.rows.length, stopped: false });
  expect(new Set(rows.map(({ key }) => key)).size).toBe(40);
});

test('an error of the model ends the run after the rows in flight are kept', async () => {
  const out = join(await folder(), 'rows.jsonl');
  const model = scriptedModel(request => {
    if (JSON.stringify(request.prompt).includes('case 3,')) throw new Error('503 from the server');
    return sensibleReply(request);
  });
  await expect(run({ out, model, prompts: cases(20) })).rejects.toThrow('503 from the server');
  const kept = await rowsOf(out);
  expect(kept.map(({ index }) => index)).toEqual(expect.arrayContaining([0, 1, 2]));
  expect((await run({ out, prompts: cases(20) })).summary).toMatchObject({ rows: 20, skipped: kept.length });
});

test('mistakes are named: a prompt by its number, a setting by its name, a foreign file by its line', async () => {
  const prompts = [{ prompt: 'fine, case 1' }, { prompt: [{ role: 'assistant' as const, content: 'Hi' }] }];
  await expect(run({ prompts })).rejects.toThrow(
    'prompts[1]: prompt: the last message must be the user’s; expected {"prompt": "…"} or {"prompt": [{"role", "content"}, …]}',
  );
  await expect(run({ revisions: 0 })).rejects.toThrow(
    'setting revisions: Too small: expected number to be >=1',
  );
  await expect(run({ gates: { lop: true } })).rejects.toThrow(
    /^setting gates\.lop: unknown gate; there are empty, cut-off, .*One of your own is an object/,
  );
  const out = join(await folder(), 'rows.jsonl');
  await appendFile(out, '{"prompt":"mine"}\n');
  await expect(run({ out })).rejects.toThrow(
    `${out}:1: this row was not written by this command; choose another output file`,
  );
  await expect(run({ out, rejected: out })).rejects.toBeInstanceOf(CritiqueError);
});

test('a long stream of prompts is read only as fast as rows are written', async () => {
  let read = 0;
  let ahead = 0;
  let written = 0;
  async function* prompts() {
    for (const prompt of cases(2000)) {
      read += 1;
      ahead = Math.max(ahead, read - written);
      yield prompt;
    }
  }
  const { summary } = await run({ prompts: prompts(), onProgress: ({ done }) => (written = done) });
  expect(summary.rows).toBe(2000);
  expect(ahead).toBeLessThanOrEqual(4);
});

test('a prompt that a model refuses gets no row where it may be skipped, and is tried again', async () => {
  const refusing = scriptedModel(request => {
    if (/case [24]/.test(lastTurn(request))) throw new Error('too long');
    return sensibleReply(request);
  });
  const out = join(await folder(), 'rows.jsonl');
  const failed: unknown[] = [];
  const { rows } = await run({
    model: refusing,
    out,
    onFailedPrompt: (error, prompt) => failed.push([prompt.id, (error as Error).message]),
  });
  expect(rows.map(({ index }) => index)).toEqual([0, 1, 3, 5]);
  expect(failed).toEqual([
    [102, 'too long'],
    [104, 'too long'],
  ]);
  const again = await run({ out });
  expect(again.rows.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
  await expect(run({ model: refusing })).rejects.toThrow('too long');
  const refuse = (error: unknown) => {
    throw new Error('row 3', { cause: error });
  };
  await expect(run({ model: refusing, onFailedPrompt: refuse })).rejects.toThrow('row 3');
});
