import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../../', import.meta.url));

/** Short, since the model has room for 256 tokens. */
const constitution = `
name: tiny
principles:
  - { id: kind, critique: Is it kind?, revision: Be kind., comparison: Which is kinder? }
  - { id: honest, critique: Is it true?, revision: Be true., comparison: Which is truer? }
`;

/** Small enough for a random model of two layers, whose texts no gate would let pass. */
const recipe = (folder: string, extra = '') => `
name: tiny
model: ${join(root, 'fixtures/models/llama')}
constitution: ${join(folder, 'constitution.yaml')}
revisions:
  from: critique
  prompts: { data: harmful, limit: 3 }
  mode: direct
  fewShot: 0
  retries: 0
  gates: { empty: false, cut-off: false, format-leak: false, loop: false, critique-copied: false, revision-copied: false, revision-unchanged: false, revision-refuses-only: false }
  sampling: { answer: { max_new_tokens: 8 }, critique: { max_new_tokens: 8 }, revision: { max_new_tokens: 8 } }
helpful: { data: helpful, limit: 3 }
sft: { num_train_epochs: 2, per_device_train_batch_size: 2, max_length: 96${extra} }
preferences: { from: samples, max_new_tokens: 8, few_shot: 0 }
dpo: { num_train_epochs: 1, per_device_train_batch_size: 2, max_length: 96 }
evaluate:
  harmful: { data: harmful-held-out, limit: 2 }
  helpful: { data: helpful-held-out, limit: 2 }
  borderline: { data: borderline-held-out, limit: 2 }
  max_new_tokens: 8
`;

const charter = (args: string[], until?: (stderr: string) => boolean) =>
  new Promise<{ status: number | null; stdout: string; stderr: string }>(resolve => {
    const main = join(root, 'packages/cli/src/main.ts');
    const child = spawn(
      process.execPath,
      ['--conditions=@charter/source', '--import', 'tsx', main, ...args],
      { cwd: root },
    );
    let stdout = '';
    let stderr = '';
    let asked = false;
    child.stdout.on('data', chunk => {
      stdout += chunk;
    });
    child.stderr.on('data', chunk => {
      stderr += chunk;
      if (asked || !until?.(stderr)) return;
      asked = true;
      child.kill('SIGINT');
    });
    child.on('close', status => resolve({ status, stdout, stderr }));
  });

const adapterOf = (out: string, stage: string) =>
  readFileSync(join(out, stage, 'adapter_model.safetensors')).toString('base64');

describe('charter run', () => {
  let folder: string;
  let file: string;
  let out: string;
  let finished: Awaited<ReturnType<typeof charter>>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'charter-run-'));
    file = join(folder, 'tiny.yaml');
    out = join(folder, 'out');
    await writeFile(join(folder, 'constitution.yaml'), constitution);
    await writeFile(file, recipe(folder));
    finished = await charter(['run', file, '--out', out]);
  });

  it('does every stage and ends by naming the report', () => {
    expect(finished.stderr).toContain('The report:');
    expect(finished.status).toBe(0);
    expect(finished.stdout.trim()).toBe(join(out, 'report.html'));
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('Harmful requests complied with');
    const { metrics, curves, critique } = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'));
    expect(metrics.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(['harmful_compliance', 'perplexity', 'over_refusal']),
    );
    expect(Object.keys(metrics[0].values)).toEqual(['base', 'sft', 'dpo']);
    expect(curves.sft.length).toBe(6);
    expect(curves.dpo[0].loss).toBeCloseTo(Math.LN2, 5);
    expect(critique.accepted).toBe(3);
  });

  it('does nothing again that is done', async () => {
    const before = statSync(join(out, 'sft/adapter_model.safetensors')).mtimeMs;
    const { status, stderr } = await charter(['run', file, '--out', out]);
    expect(status).toBe(0);
    expect(stderr.match(/done before/g)).toHaveLength(7);
    expect(statSync(join(out, 'sft/adapter_model.safetensors')).mtimeMs).toBe(before);
  });

  it('takes pairs from a file, and measures on those that it holds out', async () => {
    const paired = join(folder, 'paired');
    const pairs = join(root, 'fixtures/inputs/pairs.jsonl');
    const args = ['run', file, '--out', paired, '--pairs', pairs, '--hold-out', '4'];
    const { status, stderr } = await charter(args);
    expect(status, stderr).toBe(0);
    const { metrics } = JSON.parse(readFileSync(join(paired, 'report.json'), 'utf8'));
    const accuracy = metrics.find(({ name }: { name: string }) => name === 'preference_accuracy');
    expect(accuracy.values.dpo.n).toBe(4);
    const trained = readFileSync(join(paired, 'label/labels.jsonl'), 'utf8').trim().split('\n');
    const all = readFileSync(pairs, 'utf8').trim().split('\n');
    expect(trained).toHaveLength(all.length - 4);
  });

  it('goes on where Ctrl-C stopped it, and ends with the same adapters', async () => {
    const again = join(folder, 'stopped');
    const first = await charter(['run', file, '--out', again], stderr => stderr.includes('sft: 6 rows'));
    expect(first.status).toBe(130);
    expect(first.stderr).toContain('Give the same command again to go on.');
    expect(existsSync(join(again, 'report.html'))).toBe(false);
    const second = await charter(['run', file, '--out', again]);
    expect(second.status).toBe(0);
    for (const stage of ['sft', 'dpo']) expect(adapterOf(again, stage)).toBe(adapterOf(out, stage));
  });

  it('makes a stage anew whose settings changed, and keeps the old one', async () => {
    const changed = join(folder, 'changed.yaml');
    await writeFile(changed, recipe(folder, ', learning_rate: 0.001'));
    const before = adapterOf(out, 'sft');
    const { status, stderr } = await charter(['run', changed, '--out', out]);
    expect(status).toBe(0);
    expect(stderr).toContain('sft: made by other settings before; that is kept in');
    expect(readdirSync(out)).toEqual(expect.arrayContaining(['sft.1', 'dpo.1', 'evaluate-sft.1']));
    expect(readdirSync(out)).not.toContain('critique.1');
    expect(adapterOf(out, 'sft.1')).toBe(before);
    expect(adapterOf(out, 'sft')).not.toBe(before);
  });

  it('names file and line of a mistake in a recipe, with exit code 2', async () => {
    const wrong = join(folder, 'wrong.yaml');
    await writeFile(wrong, recipe(folder, ', learning_rat: 0.001'));
    const { status, stderr } = await charter(['run', wrong, '--out', join(folder, 'wrong')]);
    expect(stderr).toMatch(/wrong\.yaml:14: sft\.learning_rat: .*learning_rat/);
    expect(status).toBe(2);
  });
});
