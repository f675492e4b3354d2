import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CritiqueError } from '../critique-error.js';
import { loadConstitution, shippedConstitutions } from './load-constitution.js';

async function written(text: string, name = 'mine.yaml'): Promise<string> {
  const file = join(await mkdtemp(join(tmpdir(), 'constitution-')), name);
  await writeFile(file, text);
  return file;
}

const principle = `  - id: harm
    critique: Who is hurt?
    revision: Hurt nobody.
    comparison: Which hurts fewer?
`;

test('the shipped constitution has at least 12 principles with all three questions, and 6 examples', async () => {
  expect(shippedConstitutions()).toContain('charter');
  const { name, principles, examples } = await loadConstitution('charter');
  expect(name).toBe('charter');
  expect(principles.length).toBeGreaterThanOrEqual(12);
  for (const { critique, revision, comparison } of principles) {
    expect(Math.min(critique.length, revision.length, comparison!.length)).toBeGreaterThan(40);
  }
  expect(examples).toHaveLength(6);
  expect(examples[0]!.prompt).toEqual([{ role: 'user', content: expect.stringContaining('girlfriend') }]);
  expect(examples[0]!.critique_request).toBe(
    principles.find(({ id }) => id === examples[0]!.principle)!.critique,
  );
  expect(examples.map(example => example.principle)).toContain('needless-caution');
});

test('the hash follows the texts that reach a model, not the name', async () => {
  const load = async (text: string) => (await loadConstitution(await written(text))).hash;
  const one = await load(`name: one\nprinciples:\n${principle}`);
  expect(await load(`name: two\ndescription: other\nprinciples:\n${principle}`)).toBe(one);
  expect(await load(`name: one\nprinciples:\n${principle.replace('Who', 'What')}`)).not.toBe(one);
});

const mistakes: [string, string, number, string][] = [
  [
    'a missing text',
    'name: x\nprinciples:\n  - id: harm\n    critique: Who?\n    comparison: Which?\n',
    3,
    'principles[0].revision: is missing',
  ],
  [
    'an unknown key',
    `name: x\nprinciples:\n${principle}    wieght: 2\n`,
    7,
    'principles[0].wieght: Unrecognized key: "wieght"',
  ],
  [
    'an id used twice',
    `name: x\nprinciples:\n${principle}${principle}`,
    7,
    'principles[1].id: "harm" is used twice; give each its own',
  ],
  [
    'an unknown principle',
    `name: x\nprinciples:\n${principle}examples:\n  - prompt: p\n    response: r\n    principle: ham\n    critique: c\n    revision: v\n`,
    10,
    'examples[0].principle: there is no principle "ham"',
  ],
  [
    'an example without requests',
    `name: x\nprinciples:\n${principle}examples:\n  - prompt: p\n    response: r\n    critique: c\n    revision: v\n`,
    8,
    'examples[0]: needs critique_request, or principle with the id of one',
  ],
  [
    'weights that are all 0',
    `name: x\nprinciples:\n${principle}    weight: 0\n`,
    3,
    'principles: every weight is 0, so that none could be drawn',
  ],
  [
    'a misspelt key, before the one that it stands for',
    `name: x\nprinciple:\n${principle}`,
    3,
    'principle: is unknown here; missing: principles',
  ],
  ['broken YAML', 'name: x\nprinciples:\n  - id: "harm\n', 4, 'Missing closing "quote'],
  ['a list', '- a\n- b\n', 1, 'the file: Invalid input: expected object, received array'],
  ['an empty file', '', 1, 'the file: Invalid input: expected object, received null'],
];

test.each(mistakes)('%s is named by file and line', async (_, text, line, problem) => {
  const file = await written(text);
  const error = await loadConstitution(file).catch(error => error);
  expect(error).toBeInstanceOf(CritiqueError);
  expect(error.message).toContain(`${file}:${line}: ${problem}`);
  expect(error).toMatchObject({ file, line, [Symbol.for('charter.error')]: true });
});

test('a name that does not exist lists those that do', async () => {
  await expect(loadConstitution('chater')).rejects.toThrow(
    'chater: there is no such file, and no constitution of that name; those that ship: charter',
  );
});

test('llm-swarm’s file is read: flat chats become examples, the last five turns being the critique', async () => {
  const turn = (role: string, content: string) => ({ role, content });
  const five = [
    turn('assistant', 'a'),
    turn('user', 'cr'),
    turn('assistant', 'c'),
    turn('user', 'rr'),
    turn('assistant', 'r'),
  ];
  const file = await written(
    JSON.stringify({
      constitutions: [{ critic: 'Is it “mean”? \u{1F600}', revision: 'Be kind.' }],
      system_chat: [
        [turn('user', 'q'), ...five],
        [turn('user', 'q1'), turn('assistant', 'a1'), turn('user', 'q2'), ...five],
      ],
    }),
    'constitution_test.json',
  );
  const { name, principles, examples } = await loadConstitution(file);
  expect(name).toBe('constitution_test');
  expect(principles).toEqual([
    {
      id: 'constitution_test-0',
      critique: 'Is it “mean”? \u{1F600}',
      revision: 'Be kind.',
      weight: 1,
      tags: [],
    },
  ]);
  expect(examples.map(({ prompt }) => prompt.length)).toEqual([1, 3]);
  expect(examples[1]).toMatchObject({
    response: 'a',
    critique_request: 'cr',
    critique: 'c',
    revision_request: 'rr',
    revision: 'r',
  });
});

test('the paper’s instructions are read without their transcript labels', async () => {
  const file = await written(
    JSON.stringify({
      harmful0: {
        prompt: ['\n\nCritiqueRequest: Name the harm.\n\nCritique:'],
        edit_request: '\n\nRevisionRequest: Take it out.\n\nRevision:',
      },
    }),
    'CritiqueRevisionInstructions.json',
  );
  const { principles, examples } = await loadConstitution(file);
  expect(principles).toEqual([
    { id: 'harmful0', critique: 'Name the harm.', revision: 'Take it out.', weight: 1, tags: [] },
  ]);
  expect(examples).toEqual([]);
});

test('prompts that ship are rows of prompt (and response), none twice', async () => {
  const { promptFile, promptFiles } = await import('../shipped-files.js');
  const seen = new Set<string>();
  const counts: Record<string, number> = {};
  for (const name of Object.keys(promptFiles) as (keyof typeof promptFiles)[]) {
    const rows = (await readFile(promptFile(name), 'utf8'))
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line));
    counts[name] = rows.length;
    for (const row of rows) {
      expect(seen.has(row.prompt), row.prompt).toBe(false);
      seen.add(row.prompt);
      expect(Object.keys(row)).toEqual(name.startsWith('helpful') ? ['prompt', 'response'] : ['prompt']);
    }
  }
  expect(counts).toEqual({
    harmful: 24,
    'harmful-held-out': 16,
    helpful: 24,
    'helpful-held-out': 16,
    'borderline-held-out': 12,
  });
});
