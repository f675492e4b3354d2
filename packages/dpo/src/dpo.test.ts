import { appendFile, mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSafetensors, readTensor } from '@charter/checkpoint';
import { adapterFiles, loadAdapter } from '@charter/lora';
import { adaptableModules, linearModules, loadModel } from '@charter/models';
import { createOnnxRuntime } from '@charter/runtime-onnx';
import { type FrozenWeight, quantizeMatrix, type Runtime } from '@charter/tensor';
import { loadTokenizer } from '@charter/tokenizer';
import { readMetrics } from '@charter/trainer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import adapter from '../../../fixtures/dpo/adapter.json' with { type: 'json' };
import adapterAccumulation from '../../../fixtures/dpo/adapter-accumulation.json' with { type: 'json' };
import base from '../../../fixtures/dpo/base.json' with { type: 'json' };
import baseAccumulation from '../../../fixtures/dpo/base-accumulation.json' with { type: 'json' };
import baseAfterSft from '../../../fixtures/dpo/base-after-sft.json' with { type: 'json' };
import { type DpoRequest, dpo } from './dpo.js';
import { type PreferenceRow, tokenizePairs } from './dpo-examples.js';
import { dpoInMemory } from './dpo-in-memory.js';
import { type DpoOptionsInput, dpoOptionsSchema } from './dpo-options.js';
import { type LossType, losses } from './losses.js';

type Golden = typeof base;
const cases: Record<string, Golden> = {
  base,
  'base-accumulation': baseAccumulation,
  'base-after-sft': baseAfterSft,
  adapter,
  'adapter-accumulation': adapterAccumulation,
};
const fixture = (path: string) => join('fixtures', path);
const temporary = () => mkdtemp(join(tmpdir(), 'charter-dpo-'));

const readRows = async (): Promise<PreferenceRow[]> =>
  (await readFile(fixture(base.rows), 'utf8'))
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));

/** TRL's settings that are ours by the same name; the order of rows is the file's. */
const optionsOf = ({ settings }: Golden): Partial<DpoOptionsInput> => ({
  ...Object.fromEntries(Object.entries(settings).filter(([name]) => name in dpoOptionsSchema.shape)),
  loss_type: settings.loss_type as ['sigmoid'],
  shuffle: false,
});

const parametersIn = async (folder: string): Promise<Map<string, Float32Array>> => {
  const { tensors } = await openSafetensors(join(folder, 'adapter_model.safetensors'));
  return new Map(
    await Promise.all([...tensors].map(async ([name, stored]) => [name, await readTensor(stored)] as const)),
  );
};

const worstDifference = (a: Record<string, number>, b: Record<string, number>): number =>
  Object.entries(b).reduce(
    (worst, [name, value]) => Math.max(worst, Math.abs(a[name]! - value) / Math.max(1, Math.abs(value))),
    0,
  );

describe('dpo', () => {
  let runtime: Runtime;
  let compiled = 0;
  beforeAll(async () => {
    const engine = await createOnnxRuntime();
    runtime = {
      name: engine.name,
      compile: (...given) => {
        compiled++;
        return engine.compile(...given);
      },
      upload: tensor => engine.upload(tensor),
      allocateZeros: shape => engine.allocateZeros(shape),
      dispose: () => engine.dispose(),
    };
  });
  afterAll(() => runtime.dispose());

  const requestFor = async (golden: Golden, changes: Partial<DpoOptionsInput> = {}): Promise<DpoRequest> => ({
    runtime,
    model: await loadModel(fixture(golden.model)),
    rows: await readRows(),
    adapter: fixture(golden.initial_adapter),
    reference: golden.reference === 'base' ? 'base' : { adapter: fixture(golden.initial_adapter) },
    options: { ...optionsOf(golden), ...changes },
    out: await temporary(),
  });
  const logOf = ({ out }: DpoRequest) => readMetrics(join(out, 'metrics.jsonl'));

  it('prepares the pairs as TRL does', async () => {
    const { pairs } = tokenizePairs(await readRows(), await loadTokenizer(fixture(base.model)), {
      max_length: base.settings.max_length,
    });
    const { max_length } = base.settings;
    // TRL cuts when it makes a batch, so what it prepared is still whole.
    const cut = base.prepared.map(({ prompt_ids, chosen_ids, rejected_ids }) => ({
      prompt: prompt_ids,
      chosen: chosen_ids.slice(0, max_length - prompt_ids.length),
      rejected: rejected_ids.slice(0, max_length - prompt_ids.length),
    }));
    expect(pairs).toEqual(cut);
  });

  for (const [name, golden] of Object.entries(cases)) {
    it(`learns as TRL does, step by step and to the same adapter: ${name}`, async () => {
      const request = await requestFor(golden);
      await dpo(request);
      const log = await logOf(request);
      expect(log).toHaveLength(golden.steps.length);
      for (const [i, step] of golden.steps.entries()) {
        expect(worstDifference(log[i]!, step), `step ${i + 1}: ${JSON.stringify(log[i])}`).toBeLessThan(1e-5);
      }
      const [ours, theirs] = [
        await parametersIn(request.out),
        await parametersIn(fixture(golden.final_adapter)),
      ];
      expect([...ours.keys()].sort()).toEqual([...theirs.keys()].sort());
      for (const [parameter, values] of theirs) {
        const worst = values.reduce(
          (most, x, i) => Math.max(most, Math.abs(x - ours.get(parameter)![i]!)),
          0,
        );
        expect(worst, parameter).toBeLessThan(2e-5);
      }
    });
  }

  it.each([
    ['the base', baseAfterSft],
    ['the adapter as it was', adapter],
  ])(
    'learns the same without a folder: the adapter in memory has the bytes of the saved one, with %s as reference',
    async (_name, golden) => {
      const request = await requestFor(golden, { max_steps: 3 });
      const saved = await dpo(request);
      const { out, adapter: folder, reference, ...rest } = request;
      const parsed = await loadAdapter(folder!, adaptableModules(rest.model.config));
      const { adapter: trained, ...result } = await dpoInMemory({
        ...rest,
        adapter: parsed,
        reference: reference === 'base' ? 'base' : { adapter: parsed },
      });
      expect(result).toMatchObject({ status: 'completed', last: saved.last, counts: saved.counts });
      for (const [file, bytes] of adapterFiles(trained))
        expect((await readFile(join(out, file))).equals(bytes), file).toBe(true);
    },
  );

  it('learns the same with and without packing', async () => {
    const options = { max_steps: 4, per_device_train_batch_size: 6 };
    const packed = await requestFor(adapter, { ...options, packing: true });
    const plain = await requestFor(adapter, { ...options, packing: false });
    await dpo(packed);
    await dpo(plain);
    const log = await logOf(packed);
    for (const [i, entry] of (await logOf(plain)).entries())
      expect(worstDifference(log[i]!, entry), `step ${i + 1}`).toBeLessThan(1e-5);
  });

  it.each<LossType[][]>([
    [['sigmoid']],
    // Means over a whole batch.
    [['sigmoid', 'sft', 'ipo']],
    // Batchwise: always one microbatch.
    [['aot']],
  ])('learns the same when a batch is computed in microbatches: %s', async loss_type => {
    const options = { max_steps: 3, per_device_train_batch_size: 5, ld_alpha: 0.5 };
    // A reference that orders pairs otherwise than the policy does: else aot is the same for each pair alone.
    const reference = 'base' as const;
    const whole = { ...(await requestFor(adapter, { ...options, loss_type })), reference };
    await dpo(whole);
    const expected = await logOf(whole);
    for (const max_tokens_per_microbatch of [1, 100]) {
      const split = {
        ...(await requestFor(adapter, {
          ...whole.options,
          max_tokens_per_microbatch,
        })),
        reference,
      };
      await dpo(split);
      const log = await logOf(split);
      for (const [i, entry] of expected.entries())
        expect(worstDifference(log[i]!, entry), `step ${i + 1}`).toBeLessThan(1e-5);
    }
  });

  it('learns the same when layers are computed again for their gradients', async () => {
    const plain = await requestFor(adapter, { max_steps: 3 });
    const layered = await requestFor(adapter, { max_steps: 3, gradient_checkpointing: true });
    await dpo(plain);
    await dpo(layered);
    const log = await logOf(layered);
    for (const [i, entry] of (await logOf(plain)).entries())
      expect(worstDifference(log[i]!, entry), `step ${i + 1}`).toBeLessThan(1e-5);
  });

  it('rounds policy and reference alike on quantized weights: rewards start at 0', async () => {
    const request = await requestFor(adapter, { max_steps: 1 });
    const { config, weights } = request.model;
    const quantized = new Map<string, FrozenWeight>(weights);
    for (const { name, in_features, out_features } of linearModules(config)) {
      const stored = weights.get(`${name}.weight`);
      if (!stored) continue;
      const values = await readTensor(stored);
      quantized.set(
        `${name}.weight`,
        quantizeMatrix(values, [out_features, in_features], { bits: 4, block: 16 }),
      );
    }
    await dpo({ ...request, model: { ...request.model, quantized } });
    const [first] = await logOf(request);
    expect(first!.loss).toBeCloseTo(Math.LN2, 5);
    expect(first!['logps/chosen']).not.toBeCloseTo(adapter.steps[0]!['logps/chosen']!, 3);
  });

  it('starts at log 2 with no reward when the policy is its reference', async () => {
    const request = await requestFor(adapter, { max_steps: 1 });
    const { last } = await dpo(request);
    expect(last.train!.loss).toBeCloseTo(Math.LN2, 5);
    expect(last.train!['rewards/margins']).toBeCloseTo(0, 5);
    expect(last.train!['rewards/accuracies']).toBe(0);
  });

  it('leaves lora_dropout out, as TRL does', async () => {
    const request = await requestFor(base, { max_steps: 3 });
    const dropped = { ...request, out: await temporary(), lora: { lora_dropout: 0.5 } };
    await dpo(request);
    await dpo(dropped);
    expect(await logOf(dropped)).toEqual(await logOf(request));
  });

  it('trains with a loss of the caller’s own, as with the row of the table that it equals', async () => {
    const options = { max_steps: 2, beta: 0.3 };
    const table = await requestFor(base, { ...options, loss_type: 'hinge' });
    await dpo(table);
    const own = { name: 'own hinge', ...losses.hinge };
    const request = await requestFor(base, { ...options, loss_type: own });
    expect((await dpo(request)).options.loss_type).toEqual([own]);
    expect(await logOf(request)).toEqual(await logOf(table));
    const renamed = { ...request, options: { ...request.options, loss_type: { ...own, name: 'another' } } };
    await expect(dpo(renamed)).rejects.toThrow(/was written with other settings/);
  });

  it('measures held-out pairs, with their reference log-probabilities', async () => {
    const request = await requestFor(adapter, { max_steps: 3 });
    const { rows } = request;
    const { last } = await dpo({ ...request, rows: rows.slice(0, 10), evalRows: rows.slice(10) });
    expect(Object.keys(last.evaluation!).sort()).toEqual(
      [
        'step',
        'epoch',
        'eval_loss',
        'eval_num_tokens',
        ...['chosen', 'rejected', 'accuracies', 'margins'].map(part => `eval_rewards/${part}`),
        ...['chosen', 'rejected'].flatMap(part => [`eval_logps/${part}`, `eval_logits/${part}`]),
        'eval_entropy',
        'eval_mean_token_accuracy',
      ].sort(),
    );
    expect(Object.values(last.evaluation!).every(Number.isFinite)).toBe(true);
  });

  it('computes the reference once: another run on the same pairs reads it', async () => {
    const cache = await temporary();
    const first = await requestFor(adapter, { max_steps: 1 });
    await dpo({ ...first, cache });
    const before = compiled;
    const reports: unknown[] = [];
    const second = { ...first, out: await temporary(), cache, options: { ...first.options, beta: 0.3 } };
    await dpo({ ...second, onReference: at => reports.push(at) });
    // The training pass, the norm of its gradients and AdamW, but no reference.
    expect(compiled - before).toBe(3);
    expect(reports).toEqual([{ done: 14, pairs: 14 }]);
    // Another reference has another file.
    await dpo({ ...second, out: await temporary(), reference: 'base' });
    expect(await readdir(cache)).toHaveLength(2);
  });

  it('computes only the missing pairs, and survives a line that a kill cut off', async () => {
    const cache = await temporary();
    const request = { ...(await requestFor(adapter, { max_steps: 1 })), cache };
    await dpo({ ...request, rows: request.rows.slice(0, 6), out: await temporary() });
    const [file] = await readdir(cache);
    await appendFile(join(cache, file!), '{"pair":"00');
    const reports: { done: number }[] = [];
    const { last } = await dpo({ ...request, onReference: at => reports.push(at) });
    expect(reports[0]).toEqual({ done: 6, pairs: 14 });
    expect(reports.at(-1)).toEqual({ done: 14, pairs: 14 });
    expect(last.train!.loss).toBeCloseTo(Math.LN2, 5);
    const lines = (await readFile(join(cache, file!), 'utf8')).trim().split('\n');
    expect(() => lines.map(line => JSON.parse(line))).not.toThrow();
  });

  it('gives the same adapter and metrics when it is stopped anywhere and started again', async () => {
    const request = await requestFor(adapterAccumulation, { max_steps: 4, shuffle: true });
    const whole = { ...request, out: await temporary() };
    await dpo(whole);
    const phases = ['reference', 'step'] as const;
    for (const phase of phases) {
      const stopped = { ...request, out: await temporary() };
      const stop = new AbortController();
      const first = await dpo({
        ...stopped,
        signal: stop.signal,
        onReference: ({ done }) => {
          if (phase === 'reference' && done >= 4) stop.abort();
        },
        onProgress: ({ step }) => {
          if (phase === 'step' && step === 2) stop.abort();
        },
      });
      expect(first).toMatchObject({ status: 'stopped', global_step: phase === 'step' ? 2 : 0 });
      expect(await readdir(stopped.out)).not.toContain('adapter_model.safetensors');
      expect(await dpo(stopped)).toMatchObject({ status: 'completed' });
      for (const file of ['metrics.jsonl', 'adapter_model.safetensors', 'adapter_config.json']) {
        const [a, b] = [await readFile(join(whole.out, file)), await readFile(join(stopped.out, file))];
        expect(b.equals(a), `${file}, stopped at ${phase}`).toBe(true);
      }
    }
  });

  it('demands a named reference when an adapter is continued', async () => {
    const { reference: _, ...unnamed } = await requestFor(adapter);
    await expect(dpo(unnamed)).rejects.toThrow(
      /completion-only is continued, so name the reference of the policy\. reference: \{ adapter: ".*" \}.*reference: 'base'/,
    );
    const { adapter: _2, ...fresh } = unnamed;
    const { reference } = await dpo({ ...fresh, options: { ...fresh.options, max_steps: 1 } });
    expect(reference).toBe('base');
  });

  it('counts pairs and tokens', async () => {
    const request = await requestFor(base, { max_steps: 1, max_length: 30 });
    const [first] = request.rows;
    const same = { ...first!, rejected: first!.chosen };
    const { counts } = await dpo({ ...request, rows: [...request.rows, same] });
    const prompts = base.prepared.map(({ prompt_ids }) => prompt_ids.length);
    expect(counts).toMatchObject({
      rows: 15,
      dropped: prompts.filter(length => length >= 30).length,
      identical: 1,
      prefix_mismatches: 0,
    });
    expect(counts.dropped).toBeGreaterThan(0);
    expect(counts.truncated).toBeGreaterThan(0);
  });

  it('names the row that is wrong, and the options that do not fit', async () => {
    const request = await requestFor(base, { max_steps: 1 });
    const mixed = { prompt: 'Hello', chosen: [{ role: 'assistant', content: 'Hi' }], rejected: 'No' };
    await expect(dpo({ ...request, rows: [request.rows[0]!, mixed] })).rejects.toThrow(
      'Row 2: The prompt is text and its completion a list of messages; make both the same.',
    );
    await expect(dpo({ ...request, options: { max_length: 2 } })).rejects.toThrow(
      'None of the 14 pairs has a prompt below 2 tokens. Raise max_length',
    );
    const unknown = { reference_free: true } as Partial<DpoOptionsInput>;
    await expect(dpo({ ...request, options: unknown })).rejects.toThrow(/options: .*reference_free/);
  });
});
