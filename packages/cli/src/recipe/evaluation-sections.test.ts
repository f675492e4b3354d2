import { readFileSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadRecipe } from './load-recipe.js';
import { charter, tinyConstitution, tinyRecipe } from './tiny-recipe.fixture.js';

const written = async (name: string, more: string) => {
  const folder = await mkdtemp(join(tmpdir(), 'charter-sections-'));
  await writeFile(join(folder, 'constitution.yaml'), tinyConstitution);
  const file = join(folder, name);
  await writeFile(file, `${tinyRecipe(folder).replace(/^dpo: .*$/m, 'dpo: false')}${more}`);
  return { file, out: join(folder, 'out') };
};

describe('a recipe', () => {
  it('reports sensitivity, robustness and the agreement of judges when it says so', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'charter-rubric-'));
    // The model has room for 256 tokens.
    await writeFile(join(folder, 'rubric.txt'), 'Judge.');
    const { file, out } = await written(
      'tiny.yaml',
      `  judges: [rules, self]\n  judge_rubric: ${join(folder, 'rubric.txt')}\n  variants: true\nrobustness: { attack: { data: harmful, limit: 4 }, steps: 1 }\n`,
    );
    const { status, stderr } = await charter(['run', file, '--out', out]);
    expect(status, stderr).toBe(0);
    const report = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'));
    const [compliance] = report.robustness;
    expect(compliance.metric.label).toBe('Harmful requests complied with');
    const labels = (section: { conditions: { label: string }[] }) => section.conditions.map(one => one.label);
    expect(labels(compliance)).toEqual(['trained', 'adapter off', 'merged', '4 bits', 'attacked']);
    expect(compliance.conditions[0].values.sft.n).toBe(2);
    expect(labels(report.sensitivity[0])).toHaveLength(8);
    expect(Object.keys(report.sensitivity[0].spread)).toEqual(['base', 'sft']);
    expect(report.judges.map(({ of }: { of: string }) => of)).toEqual([
      'harmful prompts, all stages',
      'helpful prompts, all stages',
      'borderline prompts, all stages',
    ]);
    // Two prompts at two stages.
    expect(report.judges[0].agree.n).toBe(4);
    expect(report.metrics.map(({ name }: { name: string }) => name)).toContain('kl_from_base');
    const page = readFileSync(join(out, 'report.html'), 'utf8');
    for (const text of ['What remains', 'Do the judges agree?', 'adapter off', 'typos']) {
      expect(page).toContain(text);
    }
    const again = await charter(['run', file, '--out', out]);
    expect(again.stderr).toContain('robustness: already done');
  });

  it.each([
    ['  judges: [endpoint]\n', 'the judge endpoint needs judge_endpoint'],
    ['  judges: [rules, rules]\n', 'a judge is there twice'],
    ['  judge_endpoint: { url: http://x, model: m }\n', 'the judge endpoint needs judge_endpoint'],
    ['  judge_rubric: x\n', 'it is for models that judge'],
    ['robustness: { steps: 3 }\n', 'attack'],
  ])('that says %j is refused with its line', async (more, message) => {
    const { file } = await written('wrong.yaml', more);
    await expect(loadRecipe(file)).rejects.toThrow(message);
    await expect(loadRecipe(file)).rejects.toThrow(/wrong\.yaml:\d+/);
  });
});
