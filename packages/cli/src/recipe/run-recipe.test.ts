import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { charter, root, tinyConstitution, tinyRecipe } from './tiny-recipe.fixture.js';

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
    await writeFile(join(folder, 'constitution.yaml'), tinyConstitution);
    await writeFile(file, tinyRecipe(folder));
    finished = await charter(['run', file, '--out', out]);
  }, 120_000);

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

  it('says what is answered, and after which stage', () => {
    const lines = finished.stderr.split('\n').filter(line => /^(answer|sample .*criticised)/.test(line));
    const measured = expect.stringMatching(/^answer +6\/6 to held-out prompts · \d+ tokens\/s$/);
    const again = (stage: string) =>
      expect.stringMatching(RegExp(`^sample +3/3 answers after ${stage} to prompts that were criticised$`));
    expect(lines).toEqual([measured, measured, measured, again('SFT'), again('DPO')]);
  });

  it('shows criticised prompts with the answers of every stage, critique and revision', () => {
    const { samples } = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'));
    const training = samples.filter(({ critique }: { critique?: string }) => critique !== undefined);
    expect(training).toHaveLength(3);
    for (const { answers, revision, principle } of training) {
      expect(Object.keys(answers)).toEqual(['base', 'sft', 'dpo']);
      expect([typeof revision, ['kind', 'honest'].includes(principle)]).toEqual(['string', true]);
    }
  });

  it('runs no stage again that is done', async () => {
    const before = statSync(join(out, 'sft/adapter_model.safetensors')).mtimeMs;
    const { status, stderr } = await charter(['run', file, '--out', out]);
    expect(status).toBe(0);
    expect(stderr.match(/already done/g)).toHaveLength(8);
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

  it('resumes after Ctrl-C, and ends with the same adapters', async () => {
    const again = join(folder, 'stopped');
    const first = await charter(['run', file, '--out', again], stderr => stderr.includes('sft: 6 rows'));
    expect(first.status).toBe(130);
    expect(first.stderr).toContain('The same command resumes.');
    expect(existsSync(join(again, 'report.html'))).toBe(false);
    const second = await charter(['run', file, '--out', again]);
    expect(second.status).toBe(0);
    for (const stage of ['sft', 'dpo']) expect(adapterOf(again, stage)).toBe(adapterOf(out, stage));
  });

  it('runs a stage again whose settings changed, and keeps its earlier result', async () => {
    const changed = join(folder, 'changed.yaml');
    await writeFile(changed, tinyRecipe(folder, ', learning_rate: 0.001'));
    const before = adapterOf(out, 'sft');
    const { status, stderr } = await charter(['run', changed, '--out', out]);
    expect(status).toBe(0);
    expect(stderr).toContain('sft: settings changed; the earlier result is kept in');
    expect(readdirSync(out)).toEqual(expect.arrayContaining(['sft.1', 'dpo.1', 'evaluate-sft.1']));
    expect(readdirSync(out)).not.toContain('critique.1');
    expect(adapterOf(out, 'sft.1')).toBe(before);
    expect(adapterOf(out, 'sft')).not.toBe(before);
  });

  it('leaves SFT or DPO out where the recipe says so', async () => {
    const metricsOf = async (name: string, change: (recipe: string) => string) => {
      const own = join(folder, `${name}.yaml`);
      await writeFile(own, change(tinyRecipe(folder)));
      const { status, stderr } = await charter(['run', own, '--out', join(folder, name)]);
      expect(status, stderr).toBe(0);
      const { metrics, run } = JSON.parse(readFileSync(join(folder, name, 'report.json'), 'utf8'));
      return { stages: Object.keys(metrics[0].values), run };
    };
    const sftOnly = await metricsOf('sft-only', recipe => recipe.replace(/^dpo: .*$/m, 'dpo: false'));
    expect(sftOnly.stages).toEqual(['base', 'sft']);
    expect(sftOnly.run.finished).toBeDefined();
    const dpoOnly = await metricsOf('dpo-only', recipe =>
      recipe
        .replace(/^sft: .*$/m, 'sft: false')
        .replace('max_length: 96 }', 'max_length: 96, lora: { r: 3 } }'),
    );
    expect(dpoOnly.stages).toEqual(['base', 'dpo']);
    expect(readdirSync(join(folder, 'dpo-only'))).not.toContain('sft');
    const config = readFileSync(join(folder, 'dpo-only/dpo/adapter_config.json'), 'utf8');
    expect(JSON.parse(config).r).toBe(3);
  });

  it('shows what the gates stopped, also when nothing is left to learn and it ends with exit code 2', async () => {
    const strict = join(folder, 'strict.yaml');
    await writeFile(strict, tinyRecipe(folder).replace('revision-unchanged: false', 'revision-unchanged: 1'));
    const { status, stderr } = await charter(['run', strict, '--out', join(folder, 'strict')]);
    expect(status).toBe(2);
    expect(stderr).toContain('None of the revisions passed the gates, so there is nothing to learn.');
    expect(stderr).toContain(join(folder, 'strict/report.html'));
    const { critique, metrics } = JSON.parse(readFileSync(join(folder, 'strict/report.json'), 'utf8'));
    expect(critique).toMatchObject({ accepted: 0, rejected: 3 });
    expect(critique.gates).toMatchObject([{ gate: 'revision-unchanged', count: 3 }]);
    expect(critique.gates[0].examples).toHaveLength(3);
    expect(critique.gates[0].examples[0].reason).toMatch(/of the answer was changed/);
    expect(metrics[0].values.base).toBeDefined();
  });

  it('names file and line of a mistake in a recipe, with exit code 2', async () => {
    const wrong = join(folder, 'wrong.yaml');
    await writeFile(wrong, tinyRecipe(folder, ', learning_rat: 0.001'));
    const { status, stderr } = await charter(['run', wrong, '--out', join(folder, 'wrong')]);
    expect(stderr).toMatch(/wrong\.yaml:14: sft\.learning_rat: .*learning_rat/);
    expect(status).toBe(2);
  });
});
