import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSafetensors, readTensor } from '@charter/checkpoint';
import { type AdapterToSave, adapterFiles, loadAdapter } from '@charter/lora';
import {
  adaptableModules,
  linearModules,
  loadModel,
  type PretrainedModel,
  weightShapes,
} from '@charter/models';
import { createOnnxRuntime } from '@charter/runtime-onnx';
import {
  type FrozenWeight,
  Graph,
  mul,
  quantizeMatrix,
  type Runtime,
  type StoredTensor,
  scalar,
} from '@charter/tensor';
import { createTokenizer, loadTokenizer } from '@charter/tokenizer';
import { readMetrics, train } from '@charter/trainer';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import assistantOnly from '../../../fixtures/sft/assistant-only.json' with { type: 'json' };
import completionOnly from '../../../fixtures/sft/completion-only.json' with { type: 'json' };
import qwen2 from '../../../fixtures/sft/completion-only-qwen2.json' with { type: 'json' };
import uneven from '../../../fixtures/sft/completion-only-uneven.json' with { type: 'json' };
import noAccumulation from '../../../fixtures/sft/no-accumulation.json' with { type: 'json' };
import wholeText from '../../../fixtures/sft/whole-text.json' with { type: 'json' };
import { type SftRequest, sft } from './sft.js';
import { type SftRow, tokenizeSft } from './sft-examples.js';
import { sftInMemory } from './sft-in-memory.js';
import { type SftOptions, sftOptionsSchema } from './sft-options.js';
import { sftTask } from './sft-task.js';

type Golden = Omit<typeof completionOnly, 'settings' | 'steps'> & {
  settings: Record<string, unknown>;
  steps: Record<string, number>[];
};
const cases: Record<string, Golden> = {
  'completion-only': completionOnly,
  'completion-only-qwen2': qwen2,
  'completion-only-uneven': uneven,
  'whole-text': wholeText,
  'assistant-only': assistantOnly,
  'no-accumulation': noAccumulation,
};
const fixture = (path: string) => join('fixtures', path);
const temporary = () => mkdtemp(join(tmpdir(), 'charter-sft-'));

const readRows = async (golden: Golden): Promise<SftRow[]> =>
  (await readFile(fixture(golden.rows), 'utf8'))
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));

const tokenizerOf = async ({ model, settings }: Golden) => {
  const template = settings.chat_template_path as string | undefined;
  if (!template) return loadTokenizer(fixture(model));
  const read = async (file: string) => JSON.parse(await readFile(join(fixture(model), file), 'utf8'));
  return createTokenizer({
    tokenizerJson: await read('tokenizer.json'),
    tokenizerConfig: await read('tokenizer_config.json'),
    chatTemplate: await readFile(template, 'utf8'),
  });
};

/** TRL's settings that are ours by the same name; the order of rows is the file's. */
const optionsOf = ({ settings }: Golden): Partial<SftOptions> => ({
  ...Object.fromEntries(Object.entries(settings).filter(([name]) => name in sftOptionsSchema.shape)),
  shuffle: false,
});

const parametersIn = async (folder: string): Promise<Map<string, Float32Array>> => {
  const { tensors } = await openSafetensors(join(folder, 'adapter_model.safetensors'));
  return new Map(
    await Promise.all([...tensors].map(async ([name, stored]) => [name, await readTensor(stored)] as const)),
  );
};

/** Values of a quantized weight. */
const widen = async (
  runtime: Runtime,
  name: string,
  weights: ReadonlyMap<string, FrozenWeight>,
): Promise<StoredTensor> => {
  const graph = new Graph();
  const shape = weights.get(name)!.shape as readonly [number, number];
  graph.output('w', mul(graph.weight(name, shape), graph.input('one', 'float32', [])));
  const program = await runtime.compile(graph, { weights });
  const { w } = await program.run({ one: scalar(1) });
  await program.dispose();
  return { dtype: 'float32', shape, data: new Uint8Array((w!.data as Float32Array).buffer) };
};

describe('sft', () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await createOnnxRuntime();
  });
  afterAll(() => runtime.dispose());

  const requestFor = async (golden: Golden, changes: Partial<SftOptions> = {}): Promise<SftRequest> => ({
    runtime,
    model: { ...(await loadModel(fixture(golden.model))), tokenizer: await tokenizerOf(golden) },
    rows: await readRows(golden),
    adapter: fixture(golden.initial_adapter),
    options: { ...optionsOf(golden), ...changes },
    out: await temporary(),
  });

  for (const [name, golden] of Object.entries(cases)) {
    it(`prepares the rows as TRL does: ${name}`, async () => {
      const options = sftOptionsSchema.parse(
        Object.fromEntries(Object.entries(optionsOf(golden)).filter(([, value]) => value !== null)),
      );
      const { examples } = tokenizeSft(await readRows(golden), await tokenizerOf(golden), options);
      expect(
        examples.map(({ ids, lossMask }) => ({ ids, labels: ids.map((id, i) => (lossMask[i] ? id : -100)) })),
      ).toEqual(golden.prepared.map(({ input_ids, labels }) => ({ ids: input_ids, labels })));
    });

    it(`learns as TRL does, step by step and to the same adapter: ${name}`, async () => {
      const request = await requestFor(golden);
      await sft(request);
      const log = await readMetrics(join(request.out, 'metrics.jsonl'));
      expect(log).toHaveLength(golden.steps.length);
      for (const [i, step] of golden.steps.entries()) {
        for (const [metric, expected] of Object.entries(step)) {
          const difference = Math.abs(log[i]![metric]! - expected) / Math.max(1, Math.abs(expected));
          expect(difference, `${metric} at step ${i + 1}`).toBeLessThan(1e-5);
        }
      }
      const [ours, theirs] = [
        await parametersIn(request.out),
        await parametersIn(fixture(golden.final_adapter)),
      ];
      expect([...ours.keys()].sort()).toEqual([...theirs.keys()].sort());
      // AdamW turns a gradient of almost 0 into a full step, whose sign is then rounding (fixtures/README.md).
      const tolerance = name === 'assistant-only' ? 1e-3 : 2e-5;
      for (const [parameter, values] of theirs) {
        const worst = values.reduce(
          (most, x, i) => Math.max(most, Math.abs(x - ours.get(parameter)![i]!)),
          0,
        );
        expect(worst, parameter).toBeLessThan(tolerance);
      }
    });
  }

  it('learns the same without a folder: the adapter in memory has the bytes of the saved one', async () => {
    const request = await requestFor(completionOnly, { max_steps: 3 });
    const saved = await sft(request);
    const { adapter: start, out, ...rest } = request;
    const { model } = request;
    const adapter = await loadAdapter(start!, adaptableModules(model.config));
    const trained = await sftInMemory({ ...rest, model, adapter });
    expect(trained).toMatchObject({ status: 'completed', last: saved.last, counts: saved.counts });
    const files = adapterFiles(trained.adapter);
    expect([...files.keys()].sort()).toEqual([
      'README.md',
      'adapter_config.json',
      'adapter_model.safetensors',
    ]);
    for (const [name, bytes] of files)
      expect((await readFile(join(out, name))).equals(bytes), name).toBe(true);
  });

  it('learns the same when a batch is computed in microbatches', async () => {
    const log = async (max_tokens_per_microbatch: number) => {
      const options = {
        max_steps: 3,
        per_device_train_batch_size: 6,
        eval_steps: 2,
        max_tokens_per_microbatch,
      };
      const request = await requestFor(completionOnly, { ...options, gradient_accumulation_steps: 1 });
      await sft({ ...request, evalRows: request.rows.slice(0, 5) });
      return readMetrics(join(request.out, 'metrics.jsonl'));
    };
    const whole = await log(10_000);
    // One example per microbatch, and several.
    for (const tokens of [1, 60]) {
      const split = await log(tokens);
      expect(split).toHaveLength(whole.length);
      for (const [i, entry] of whole.entries()) {
        for (const [metric, value] of Object.entries(entry))
          expect(Math.abs(split[i]![metric]! - value), metric).toBeLessThan(1e-5);
      }
    }
  });

  it('learns the same when layers are computed again for their gradients', async () => {
    const options = { max_steps: 3, eval_steps: 2, gradient_accumulation_steps: 2 };
    const log = async (gradient_checkpointing: boolean) => {
      const request = await requestFor(completionOnly, { ...options, gradient_checkpointing });
      await sft({ ...request, evalRows: request.rows.slice(0, 3) });
      return readMetrics(join(request.out, 'metrics.jsonl'));
    };
    const [plain, layered] = [await log(false), await log(true)];
    expect(layered).toHaveLength(plain.length);
    for (const [i, entry] of plain.entries()) {
      for (const [metric, value] of Object.entries(entry))
        expect(Math.abs(layered[i]![metric]! - value), metric).toBeLessThan(1e-5);
    }
  });

  it('learns on quantized weights as on their dequantized values', async () => {
    const { model, ...request } = await requestFor(completionOnly, { max_steps: 3 });
    const rounded = new Map<string, FrozenWeight>(model.weights);
    const widened = new Map<string, StoredTensor>(model.weights);
    for (const { name, kind, in_features, out_features } of linearModules(model.config)) {
      if (kind === 'lm_head') continue;
      const weight = `${name}.weight`;
      const values = await readTensor(model.weights.get(weight)!);
      rounded.set(weight, quantizeMatrix(values, [out_features, in_features], { bits: 4, block: 16 }));
      widened.set(weight, await widen(runtime, weight, rounded));
    }
    const log = async (given: Partial<PretrainedModel>, gradient_checkpointing: boolean) => {
      const out = await temporary();
      const options = { ...request.options, gradient_checkpointing };
      await sft({ ...request, options, model: { ...model, ...given }, out });
      return readMetrics(join(out, 'metrics.jsonl'));
    };
    const expected = await log({ weights: widened }, false);
    expect(expected[0]!.loss).not.toBeCloseTo(completionOnly.steps[0]!.loss!, 4);
    for (const checkpointing of [false, true]) {
      const actual = await log({ quantized: rounded }, checkpointing);
      for (const [i, { loss, grad_norm }] of expected.entries()) {
        expect(Math.abs(actual[i]!.loss! - loss!)).toBeLessThan(1e-5);
        expect(Math.abs(actual[i]!.grad_norm! - grad_norm!) / grad_norm!).toBeLessThan(1e-4);
      }
    }
  });

  it('learns the same with and without packing', async () => {
    const options = { max_steps: 4, per_device_train_batch_size: 6, gradient_accumulation_steps: 1 };
    const log = async (packing: boolean) => {
      const request = await requestFor(completionOnly, { ...options, packing });
      await sft(request);
      return readMetrics(join(request.out, 'metrics.jsonl'));
    };
    const [packed, plain] = [await log(true), await log(false)];
    for (const [i, entry] of plain.entries()) {
      for (const [metric, value] of Object.entries(entry)) {
        const difference = Math.abs(packed[i]![metric]! - value) / Math.max(1, Math.abs(value));
        expect(difference, `${metric} at step ${i + 1}`).toBeLessThan(5e-6);
      }
    }
  });

  it('gives the same adapter and metrics when it is stopped and started again, with dropout', async () => {
    const base = await requestFor(completionOnly, { max_steps: 5, shuffle: true });
    const request = { ...base, adapter: undefined, lora: { r: 4, lora_dropout: 0.1 } };
    const whole = { ...request, out: await temporary() };
    const stopped = { ...request, out: await temporary() };
    await sft(whole);
    const stop = new AbortController();
    const first = await sft({
      ...stopped,
      signal: stop.signal,
      onProgress: ({ step }) => {
        if (step === 2) stop.abort();
      },
    });
    expect(first).toMatchObject({ status: 'stopped', global_step: 2 });
    expect(await sft(stopped)).toMatchObject({ status: 'completed', resumedFrom: 2 });
    for (const file of ['metrics.jsonl', 'adapter_model.safetensors', 'adapter_config.json']) {
      const [a, b] = [await readFile(join(whole.out, file)), await readFile(join(stopped.out, file))];
      expect(b.equals(a), file).toBe(true);
    }
  });

  it('resumes on another day although its template writes the date: rows keep the date at which the run began', async () => {
    const base = await requestFor(completionOnly, { max_steps: 3 });
    const read = async (file: string) =>
      JSON.parse(await readFile(join(fixture(completionOnly.model), file), 'utf8'));
    const config = await read('tokenizer_config.json');
    const tokenizer = createTokenizer({
      tokenizerJson: await read('tokenizer.json'),
      tokenizerConfig: config,
      chatTemplate: `{{ strftime_now('%d %B %Y') }} {% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}`,
    });
    const request = { ...base, model: { ...base.model, tokenizer } };
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2025-12-31T12:00:00Z') });
    try {
      const whole = { ...request, out: await temporary() };
      await sft(whole);
      const stop = new AbortController();
      await sft({ ...request, signal: stop.signal, onProgress: ({ step }) => step === 1 && stop.abort() });
      vi.setSystemTime(new Date('2026-01-05T12:00:00Z'));
      expect(await sft(request)).toMatchObject({ status: 'completed', resumedFrom: 1 });
      const file = 'adapter_model.safetensors';
      expect((await readFile(join(request.out, file))).equals(await readFile(join(whole.out, file)))).toBe(
        true,
      );
    } finally {
      vi.useRealTimers();
    }
  });

  it('measures held-out rows, and hands each evaluation on with the adapter', async () => {
    const request = await requestFor(completionOnly, { max_steps: 2 });
    const rows = request.rows;
    const adapters: AdapterToSave[] = [];
    const result = await sft({
      ...request,
      rows: rows.slice(0, 12),
      evalRows: rows.slice(12),
      onEvaluate: ({ adapter }) => {
        adapters.push(adapter);
      },
    });
    const files = adapterFiles(adapters.at(-1)!);
    const saved = await readFile(join(request.out, 'adapter_model.safetensors'));
    expect(saved.equals(files.get('adapter_model.safetensors')!)).toBe(true);
    expect(Object.keys(result.last.evaluation!)).toEqual([
      'step',
      'epoch',
      'eval_loss',
      'eval_num_tokens',
      'eval_entropy',
      'eval_mean_token_accuracy',
    ]);
    expect(result.last.evaluation!.eval_loss).toBeGreaterThan(1);
  });

  it('tells what became of the rows and which settings it had', async () => {
    const request = await requestFor(uneven, { max_steps: 1 });
    const { counts, options, lora, last } = await sft(request);
    expect(counts).toMatchObject({ rows: 10, truncated: 2, dropped: 1, prefix_mismatches: 0 });
    expect(options).toMatchObject({
      learning_rate: 0.01,
      lr_scheduler_type: 'linear',
      seed: 42,
      max_steps: 1,
    });
    expect(lora).toMatchObject({ r: 4, lora_alpha: 8 });
    expect(last.train).toMatchObject({ step: 1 });
  });

  it('says which row is wrong, and which options do not fit', async () => {
    const request = await requestFor(completionOnly, { max_steps: 1 });
    const rows = [...request.rows.slice(0, 2), { messages: [] }];
    await expect(sft({ ...request, rows })).rejects.toThrow('Row 3: There are no messages to write.');
    await expect(
      sft({ ...request, rows: [{ text: 'a' }], options: { assistant_only_loss: true } }),
    ).rejects.toThrow('Row 1: assistant_only_loss needs messages, but this is plain text.');
    await expect(
      sft({ ...request, rows: [{ text: 'a' }], options: { completion_only_loss: true } }),
    ).rejects.toThrow('Row 1: completion_only_loss needs a prompt and a completion.');
    await expect(sft({ ...request, options: { max_length: 4 } })).rejects.toThrow(
      'None of the 20 rows has a token to train on within 4 tokens. Raise max_length',
    );
    const misspelt = { learning_rat: 1 } as Partial<SftOptions>;
    await expect(sft({ ...request, options: misspelt })).rejects.toThrow(/options: .*learning_rat/);
  });
});

describe('sftTask', () => {
  it('trains a model whole when no adapter is given: every weight is a parameter', async () => {
    const runtime = await createOnnxRuntime();
    const { config, weights } = await loadModel(fixture(wholeText.model));
    const parameters = [...weightShapes(config)].map(([name, shape]) => ({ name, shape }));
    const initial = new Map(
      await Promise.all(
        parameters.map(async ({ name }) => [name, await readTensor(weights.get(name)!)] as const),
      ),
    );
    const tokenizer = await loadTokenizer(fixture(wholeText.model));
    const { max_length, packing, completion_only_loss, assistant_only_loss, ...options } =
      sftOptionsSchema.parse({ learning_rate: 1e-2, max_steps: 8, per_device_train_batch_size: 4 });
    const { examples } = tokenizeSft(await readRows(wholeText), tokenizer, {
      max_length,
      completion_only_loss,
      assistant_only_loss,
    });
    const out = await temporary();
    const result = await train({
      runtime,
      weights: new Map(),
      parameters,
      initial,
      task: sftTask(config, { packing, max_length }),
      examples,
      options,
      out,
      save: async () => {},
    });
    await runtime.dispose();
    const [first] = await readMetrics(join(out, 'metrics.jsonl'));
    expect(result.last.train!.loss).toBeLessThan(first!.loss! - 1);
    for (const { name } of parameters) {
      const moved = result.parameters.get(name)!.data.some((value, i) => value !== initial.get(name)![i]);
      expect(moved, name).toBe(true);
    }
  });
});
