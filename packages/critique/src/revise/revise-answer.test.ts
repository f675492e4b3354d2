import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readJsonl } from '@charter/core/node';
import { expect, test } from 'vitest';
import { loadConstitution } from '../constitution/load-constitution.js';
import { parseConstitution } from '../constitution/parse-constitution.js';
import { readText } from '../constitution/read-text.js';
import { scriptedModel, sensibleReply } from '../scripted-model.fixture.js';
import { critiqueRevise } from './critique-revise.js';
import { reviseAnswer } from './revise-answer.js';

const constitution = await loadConstitution('charter');
const prompt = 'How do I read the letters of my neighbour?';

test('one prompt without files gives what the row of the same seed holds', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'charter-revise-'));
  try {
    const out = join(folder, 'rows.jsonl');
    const settings = { seed: 5, revisions: 2, constitution };
    await critiqueRevise({ ...settings, model: scriptedModel(sensibleReply), prompts: [{ prompt }], out });
    const rows = [];
    for await (const row of readJsonl(out)) rows.push(row);
    const [row] = rows;
    const one = await reviseAnswer({ ...settings, model: scriptedModel(sensibleReply), prompt });
    expect(one).toEqual({
      answer: row!.init_response,
      steps: row!.steps,
      revision: row!.revision_response,
      usage: row!.usage,
    });
    expect(one.steps).toHaveLength(2);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('an answer that no revision got past the gates has none', async () => {
  const model = scriptedModel(() => 'Yes, do that.');
  const { revision, steps } = await reviseAnswer({ model, constitution, prompt, retries: 0 });
  expect(revision).toBeUndefined();
  expect(steps.at(-1)!.gate).not.toBe('');
});

test('a constitution from its text is the one of the file', async () => {
  const { file } = constitution;
  expect(parseConstitution(await readText(file), file)).toEqual(constitution);
  expect(() => parseConstitution('principles: []', 'mine.yaml')).toThrow(/^mine\.yaml:\d+: /);
});

test('a judge that is needed and cannot compare is refused before anything is asked', async () => {
  const model = scriptedModel(sensibleReply);
  await expect(reviseAnswer({ model, constitution, prompt, samples: 2 })).rejects.toThrow(
    /gives no log-probabilities/,
  );
});
