import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadModel } from '@charter/models';
import { createOnnxRuntime } from '@charter/runtime-onnx';
import type { Runtime } from '@charter/tensor';
import { readMetrics } from '@charter/trainer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import golden from '../../../fixtures/dpo/curves.json' with { type: 'json' };
import { dpo } from './dpo.js';
import { type DpoOptionsInput, dpoOptionsSchema } from './dpo-options.js';
import { losses } from './losses.js';

type Case = { name: string; reference: string; settings: object; curve: Record<string, number[]> };
const cases = golden.cases as Case[];
const fixture = (path: string) => join('fixtures', path);

/** Relative, but of numbers near 0 to 0.01: what is left of two sums of hundreds of log-probabilities. */
const difference = (ours: number, theirs: number) =>
  Math.abs(ours - theirs) / Math.max(1e-2, Math.abs(theirs));

describe('twenty steps of TRL’s DPOTrainer', () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await createOnnxRuntime();
  });
  afterAll(() => runtime.dispose());

  for (const { name, reference, settings, curve } of cases) {
    it(`with every metric: ${name}, reference ${reference}`, async () => {
      const adapter = fixture(golden.initial_adapter);
      const given = Object.entries({ ...golden.settings, ...settings });
      const lines = (await readFile(fixture(golden.rows), 'utf8')).trim().split('\n');
      const out = await mkdtemp(join(tmpdir(), 'charter-dpo-'));
      await dpo({
        runtime,
        model: await loadModel(fixture(golden.model)),
        rows: lines.map(line => JSON.parse(line)),
        adapter,
        reference: reference === 'base' ? 'base' : { adapter },
        options: {
          ...(Object.fromEntries(
            given.filter(([option]) => option in dpoOptionsSchema.shape),
          ) as Partial<DpoOptionsInput>),
          shuffle: false,
        },
        out,
      });
      const log = await readMetrics(join(out, 'metrics.jsonl'));
      expect(log).toHaveLength(curve.loss!.length);
      for (const [metric, values] of Object.entries(curve)) {
        values.forEach((theirs, i) => {
          const allowed = i === 0 ? 1e-4 : 1e-3;
          const told = `${metric} at step ${i + 1}: ${log[i]![metric]}, TRL ${theirs}`;
          expect(difference(log[i]![metric]!, theirs), told).toBeLessThan(allowed);
        });
      }
    });
  }

  it('are there for every loss of the table', () => {
    const seen = cases.flatMap(
      ({ settings }) => (settings as { loss_type?: string[] }).loss_type ?? ['sigmoid'],
    );
    expect(new Set(seen)).toEqual(new Set(Object.keys(losses)));
  });
});
