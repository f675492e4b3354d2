import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadModel } from '@charter/models';
import { createOnnxRuntime } from '@charter/runtime-onnx';
import type { Runtime } from '@charter/tensor';
import { createTokenizer, loadTokenizer } from '@charter/tokenizer';
import { readMetrics, schedules } from '@charter/trainer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import dynamic from '../../../fixtures/long/llama-dynamic/numbers.json' with { type: 'json' };
import longrope from '../../../fixtures/long/phi3-longrope/numbers.json' with { type: 'json' };
import golden from '../../../fixtures/sft/curves.json' with { type: 'json' };
import { sft } from './sft.js';
import { type SftOptions, sftOptionsSchema } from './sft-options.js';

interface Case {
  readonly name: string;
  readonly rows: string;
  readonly kept: number;
  readonly settings: { readonly chat_template_path?: string; readonly lr_scheduler_type?: string };
  readonly curve: Record<string, number[]>;
  /** Where they are not those of the other cases. */
  readonly model?: string;
  readonly initial_adapter?: string;
}
const cases = golden.cases as Case[];
const fixture = (path: string) => join('fixtures', path);

const tokenizerWith = async (template: string | undefined) => {
  if (!template) return loadTokenizer(fixture(golden.model));
  const read = async (file: string) => JSON.parse(await readFile(join(fixture(golden.model), file), 'utf8'));
  return createTokenizer({
    tokenizerJson: await read('tokenizer.json'),
    tokenizerConfig: await read('tokenizer_config.json'),
    chatTemplate: await readFile(template, 'utf8'),
  });
};

const relative = (ours: number, theirs: number) => Math.abs(ours - theirs) / Math.max(1e-6, Math.abs(theirs));

/** Every metric of every step that a run logged, against TRL's. */
const expectCurve = async (out: string, curve: Readonly<Record<string, readonly number[]>>) => {
  const log = await readMetrics(join(out, 'metrics.jsonl'));
  expect(log).toHaveLength(curve.loss!.length);
  for (const [metric, values] of Object.entries(curve)) {
    values.forEach((theirs, i) => {
      const allowed = i === 0 ? 1e-4 : 1e-3;
      const told = `${metric} at step ${i + 1}: ${log[i]![metric]}, TRL ${theirs}`;
      expect(relative(log[i]![metric]!, theirs), told).toBeLessThan(allowed);
    });
  }
};

describe('twenty steps of TRL’s SFTTrainer', () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await createOnnxRuntime();
  });
  afterAll(() => runtime.dispose());

  cases.forEach(({ name, rows, kept, settings, curve, ...start }, at) => {
    const { model, initial_adapter } = { ...golden, ...start };
    // TRL's rows stand alone there; ours lie side by side in every other case, and give the same.
    const packing = at % 2 === 0;
    it(`with every metric: ${name}, ${packing ? 'packed' : 'not packed'}`, async () => {
      const given = Object.entries({ ...golden.settings, ...settings }).filter(
        ([option, value]) => option in sftOptionsSchema.shape && value !== null,
      );
      const lines = (await readFile(fixture(rows), 'utf8')).trim().split('\n');
      const out = await mkdtemp(join(tmpdir(), 'charter-sft-'));
      const { counts } = await sft({
        runtime,
        model: {
          ...(await loadModel(fixture(model))),
          tokenizer: await tokenizerWith(settings.chat_template_path),
        },
        rows: lines.map(line => JSON.parse(line)),
        adapter: fixture(initial_adapter),
        options: { ...(Object.fromEntries(given) as Partial<SftOptions>), packing, shuffle: false },
        out,
      });
      expect(counts.rows - counts.dropped).toBe(kept);
      await expectCurve(out, curve);
    });
  });

  it.each([
    ['llama-dynamic', dynamic],
    ['phi3-longrope', longrope],
  ])(
    'with texts beyond the length at which the frequencies of %s change',
    async (name, { model, sft: golden }) => {
      const given = Object.entries(golden.settings).filter(([option]) => option in sftOptionsSchema.shape);
      const out = await mkdtemp(join(tmpdir(), 'charter-sft-'));
      await sft({
        runtime,
        model: await loadModel(fixture(model)),
        rows: golden.rows,
        adapter: fixture(`long/${name}/adapter`),
        options: { ...(Object.fromEntries(given) as Partial<SftOptions>), shuffle: false },
        out,
      });
      await expectCurve(out, golden.curve);
    },
  );

  it('are there for every schedule', () => {
    const seen = cases.map(({ settings }) => settings.lr_scheduler_type ?? golden.settings.lr_scheduler_type);
    // Its rates are held against transformers in the trainer's schedules.test.ts.
    const { cosine_warmup_with_min_lr: _, ...others } = schedules;
    expect(new Set(seen)).toEqual(new Set(Object.keys(others)));
  });
});
