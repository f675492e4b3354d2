import { cp, mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createOnnxRuntime } from '@charter/runtime-onnx';
import type { Runtime } from '@charter/tensor';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fit, frozen, type Point, points } from './fitting-task.fixture.js';
import { type TrainProgress, trainInMemory } from './loop/train-loop.js';
import type { TrainingTask } from './loop/training-task.js';
import { readMetrics } from './metrics/metrics-log.js';
import { runStart, type TrainRequest, train } from './train.js';
import { parseOptions, trainingOptionsSchema } from './training-options.js';

describe('train', () => {
  let runtime: Runtime;
  let folder: string;
  beforeAll(async () => {
    runtime = await createOnnxRuntime();
  });
  afterAll(() => runtime.dispose());
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'charter-train-'));
  });

  const request = (out: string, options: object = {}): TrainRequest<Point> => ({
    runtime,
    weights: frozen,
    parameters: [
      { name: 'hidden', shape: [3, 2] },
      { name: 'bias', shape: [3] },
    ],
    initial: new Map([
      ['hidden', [0.3, -0.2, 0.5, 0.1, -0.4, 0.2]],
      ['bias', [0, 0.1, 0]],
    ]),
    task: fit,
    examples: points.slice(0, 9),
    evalExamples: points.slice(9),
    options: parseOptions(trainingOptionsSchema, {
      learning_rate: 0.05,
      max_steps: 7,
      per_device_train_batch_size: 2,
      gradient_accumulation_steps: 2,
      logging_steps: 2,
      eval_steps: 3,
      save_steps: 3,
      warmup_steps: 1,
      ...options,
    }),
    out: join(folder, out),
    save: (to, tensors) =>
      writeFile(join(to, 'parameters.json'), JSON.stringify([...tensors.get('hidden')!.data])),
  });

  const stoppedAfter = async (step: number, run: TrainRequest<Point>) => {
    const stop = new AbortController();
    return train({
      ...run,
      signal: stop.signal,
      onProgress: at => {
        if (at.step === step) stop.abort();
      },
    });
  };
  const bytesOf = async (run: TrainRequest<Point>) => ({
    metrics: await readFile(join(run.out, 'metrics.jsonl'), 'utf8'),
    parameters: await readFile(join(run.out, 'checkpoint-7', 'parameters.json'), 'utf8'),
    optimizer: await readFile(join(run.out, 'checkpoint-7', 'optimizer.safetensors'), 'base64'),
  });

  it('resuming after any step gives the same bytes', async () => {
    const whole = request('whole');
    expect(await train(whole)).toMatchObject({ status: 'completed', global_step: 7, resumedFrom: 0 });
    const expected = await bytesOf(whole);
    for (let step = 1; step < 7; step++) {
      const run = request(`stopped-${step}`);
      expect(await stoppedAfter(step, run)).toMatchObject({ status: 'stopped', global_step: step });
      expect(await train(run)).toMatchObject({ status: 'completed', resumedFrom: step });
      expect(await bytesOf(run), `stopped after step ${step}`).toEqual(expected);
    }
  });

  it('without a folder gives the same parameters and metrics', async () => {
    const whole = request('whole');
    const { parameters, last } = await train(whole);
    const seen: unknown[] = [];
    const inMemory = await trainInMemory({ ...whole, onProgress: ({ entry }) => entry && seen.push(entry) });
    expect(inMemory).toMatchObject({ status: 'completed', parameters, last });
    expect(seen).toEqual(await readMetrics(join(whole.out, 'metrics.jsonl')));
  });

  it('resuming after a crash goes on from the newest checkpoint and logs nothing twice', async () => {
    const whole = request('whole');
    await train(whole);
    const run = request('crashed');
    const crash = train({
      ...run,
      onProgress: at => {
        if (at.step === 5) throw new Error('power cut');
      },
    });
    await expect(crash).rejects.toThrow('power cut');
    expect((await readMetrics(join(run.out, 'metrics.jsonl'))).at(-1)!.step).toBe(4);
    expect(await train(run)).toMatchObject({ status: 'completed', resumedFrom: 3 });
    expect(await bytesOf(run)).toEqual(await bytesOf(whole));
  });

  it('reads a run that is complete and does not train it again', async () => {
    const run = request('done');
    const first = await train(run);
    const untouched = await bytesOf(run);
    const compile = () => Promise.reject(new Error('nothing should be compiled'));
    const again = await train({ ...run, runtime: { ...runtime, name: 'none', compile } });
    expect(again).toMatchObject({
      status: 'completed',
      global_step: 7,
      resumedFrom: 7,
      tokens: 0,
      seconds: 0,
    });
    expect(again.num_tokens).toBe(first.num_tokens);
    expect(again.last).toEqual(first.last);
    expect([...again.parameters.get('hidden')!.data]).toEqual([...first.parameters.get('hidden')!.data]);
    expect(await bytesOf(run)).toEqual(untouched);
  });

  it('does not continue a run with other settings, data, or starting values', async () => {
    const run = request('strict');
    await stoppedAfter(2, run);
    const refused = (change: Partial<TrainRequest<Point>>) =>
      expect(train({ ...run, ...change })).rejects.toThrow(
        /checkpoint-2 was written with other settings or other data.*choose another output folder/,
      );
    await refused({ options: { ...run.options, learning_rate: 0.01 } });
    await refused({ examples: points.slice(0, 8) });
    await refused({ evalExamples: [] });
    await refused({ initial: new Map([...run.initial, ['bias', [0, 0, 0]]]) });
    await refused({ methodSettings: { beta: 0.2 } });
    await refused({
      weights: new Map([
        ['out', { ...frozen.get('out')!, data: new Uint8Array(Float32Array.of(1, 2, 3).buffer) }],
      ]),
    });
    // How often things are saved and logged is no part of what is computed.
    const result = await train({ ...run, options: { ...run.options, save_steps: 1, save_total_limit: 3 } });
    expect(result).toMatchObject({ status: 'completed', resumedFrom: 2 });
  });

  it('keeps save_total_limit checkpoints, whole ones only', async () => {
    const run = request('kept', { save_steps: 2, save_total_limit: 2 });
    await mkdir(join(run.out, 'checkpoint-1.partial'), { recursive: true });
    await train(run);
    const names = (await readdir(run.out)).filter(name => name.startsWith('checkpoint-'));
    expect(names.sort()).toEqual(['checkpoint-6', 'checkpoint-7']);
    expect((await readdir(join(run.out, 'checkpoint-7'))).sort()).toEqual([
      'optimizer.safetensors',
      'parameters.json',
      'trainer_state.json',
    ]);
  });

  it('averages what it logs over logging_steps and evaluates when asked and at the end', async () => {
    const each = request('each', { logging_steps: 1, eval_steps: 0 });
    const pairs = request('pairs', { logging_steps: 2, eval_steps: 3 });
    await train(each);
    await train(pairs);
    const log = async (run: TrainRequest<Point>) => readMetrics(join(run.out, 'metrics.jsonl'));
    const single = (await log(each)).filter(entry => 'loss' in entry);
    const averaged = (await log(pairs)).filter(entry => 'loss' in entry);
    expect(averaged.map(({ step }) => step)).toEqual([2, 4, 6, 7]);
    expect(averaged[1]!.loss).toBeCloseTo((single[2]!.loss! + single[3]!.loss!) / 2, 12);
    expect(averaged[1]!.grad_norm).toBe(single[3]!.grad_norm);
    const evaluated = (await log(pairs)).filter(entry => 'eval_loss' in entry);
    expect(evaluated.map(({ step }) => step)).toEqual([3, 6, 7]);
    expect((await log(each)).filter(entry => 'eval_loss' in entry)).toEqual([evaluated[2]]);
    expect(Object.keys(evaluated[0]!)).toEqual([
      'step',
      'epoch',
      'eval_loss',
      'eval_num_tokens',
      'eval_error',
    ]);
  });

  it('computes the same whether a step is one batch or several', async () => {
    const steps = { max_steps: 3, logging_steps: 1, warmup_steps: 0, learning_rate: 0.01 };
    const task: TrainingTask<Point> = { ...fit, build: graph => fit.build(graph, 'eval') };
    const run = (out: string, per_device_train_batch_size: number, gradient_accumulation_steps: number) =>
      train({
        ...request(out, { ...steps, per_device_train_batch_size, gradient_accumulation_steps }),
        examples: points.slice(0, 8),
        task,
      });
    const [one, several] = [await run('one', 8, 1), await run('several', 2, 4)];
    const [a, b] = [one, several].map(({ parameters }) => parameters.get('hidden')!.data);
    a!.forEach((value, i) => {
      expect(b![i]).toBeCloseTo(value, 6);
    });
    expect(several.last.train!.loss).toBeCloseTo(one.last.train!.loss!, 6);
  });

  it('tells how far it is: loss, tokens a second and the time left', async () => {
    const seen: TrainProgress[] = [];
    await train({ ...request('progress'), onProgress: at => seen.push(at) });
    expect(seen[0]).toMatchObject({ step: 0, max_steps: 7, loss: undefined, seconds_left: undefined });
    const half = seen.find(({ step }) => step === 4)!;
    expect(half.loss).toBeGreaterThan(0);
    expect(half.tokens_per_second).toBeCloseTo(half.tokens / half.seconds, 9);
    expect(half.seconds_left).toBeCloseTo((half.seconds * 3) / 4, 9);
    expect(seen.at(-1)).toMatchObject({ step: 7, seconds_left: 0 });
  });

  it('stops with the cause when the loss is not finite, and keeps the last checkpoint', async () => {
    const run = request('diverged', { save_steps: 1 });
    const broken = points.map((point, i) => (i === 5 ? { ...point, y: Number.POSITIVE_INFINITY } : point));
    const error = await train({
      ...run,
      examples: broken.slice(0, 9),
      options: { ...run.options, shuffle: false },
    })
      .then(() => undefined)
      .catch((error: Error) => error);
    expect(error?.name).toBe('TrainingError');
    expect(error?.message).toMatch(
      /^The loss is Infinity after 1 step; the run in .*diverged stopped, and its newest checkpoint is from before.*lower learning_rate/,
    );
    expect(await readdir(run.out)).toContain('checkpoint-1');
  });

  it.each([
    ['parameters', { evalExamples: [] }, /^The update of the parameters is (NaN|-?Infinity) after 1 step; /],
    ['evaluation', {}, /^The eval_loss is NaN after 1 step; /],
  ])(
    'stops when the last update overflows, before anything is saved: seen by the %s',
    async (_by, change, message) => {
      const run = request('overflow', { max_steps: 1, warmup_steps: 0, learning_rate: 1e39 });
      await expect(train({ ...run, ...change })).rejects.toThrow(message);
      await expect(trainInMemory({ ...run, ...change })).rejects.toThrow(message);
      expect((await readdir(run.out)).filter(name => name.startsWith('checkpoint'))).toEqual([]);
      expect(await readFile(join(run.out, 'metrics.jsonl'), 'utf8')).not.toContain('null');
    },
  );

  it('goes on with more steps, with the optimizer’s state: constant rates give the run that was longer at once', async () => {
    const constant = { lr_scheduler_type: 'constant', logging_steps: 1, eval_steps: 0 };
    const long = request('long', { ...constant, max_steps: 7 });
    await train({ ...long, evalExamples: [] });
    const short = { ...request('short', { ...constant, max_steps: 4 }), evalExamples: [] };
    expect(await train(short)).toMatchObject({ status: 'completed', global_step: 4 });
    const grown = { ...short, options: { ...short.options, max_steps: 7 } };
    expect(await train(grown)).toMatchObject({ status: 'completed', resumedFrom: 4, global_step: 7 });
    expect(await bytesOf(grown)).toEqual(await bytesOf(long));
    await expect(train(short)).rejects.toThrow(
      /short holds a run of 7 steps, of which 7 are done, but 4 were asked for\. A run can be made longer, not shorter/,
    );
  });

  it('hands each evaluation to onEvaluate with the parameters that it measured, and waits for it', async () => {
    const seen: { step: number; loss: number; hidden: number[] }[] = [];
    const run = request('evaluated');
    await train({
      ...run,
      async onEvaluate({ step, metrics, parameters }) {
        await new Promise(resolve => setTimeout(resolve, 5));
        seen.push({ step, loss: metrics.eval_loss!, hidden: [...parameters.get('hidden')!.data] });
      },
    });
    const logged = (await readMetrics(join(run.out, 'metrics.jsonl'))).filter(entry => 'eval_loss' in entry);
    expect(seen.map(({ step, loss }) => ({ step, loss }))).toEqual(
      logged.map(({ step, eval_loss }) => ({ step, loss: eval_loss })),
    );
    expect(seen.map(({ step }) => step)).toEqual([3, 6, 7]);
    expect(seen[2]!.hidden).toEqual(JSON.parse((await bytesOf(run)).parameters));
    expect(seen[0]!.hidden).not.toEqual(seen[2]!.hidden);
  });

  // As a metric of its own each evaluation gets the score given for its step.
  const scored = (run: TrainRequest<Point>, scores: Readonly<Record<number, number>>) => {
    const seen = new Map<number, number[]>();
    const onEvaluate: TrainRequest<Point>['onEvaluate'] = ({ step, parameters }) => {
      seen.set(step, [...parameters.get('hidden')!.data]);
      return { score: scores[step]! };
    };
    return { run: { ...run, onEvaluate }, seen };
  };
  const byScore = { eval_steps: 1, save_steps: 0, metric_for_best_model: 'score' };

  it('load_best_model_at_end ends with the parameters of the best evaluation, also when it was stopped and resumed', async () => {
    const scores = { 1: 0.1, 2: 0.4, 3: 0.2, 4: 0.9, 5: 0.9, 6: 0.3, 7: 0.5 };
    const options = { ...byScore, load_best_model_at_end: true };
    const { run, seen } = scored(request('best', options), scores);
    const whole = await train(run);
    expect(whole).toMatchObject({ status: 'completed', global_step: 7, best_global_step: 4 });
    expect([...whole.parameters.get('hidden')!.data]).toEqual(seen.get(4));
    expect((await readdir(run.out)).filter(name => name.startsWith('checkpoint')).sort()).toEqual([
      'checkpoint-4',
      'checkpoint-7',
    ]);
    expect((await readMetrics(join(run.out, 'metrics.jsonl'))).at(-1)).toMatchObject({ eval_score: 0.5 });
    const again = await train(run);
    expect(again).toMatchObject({ status: 'completed', seconds: 0, parameters: whole.parameters });
    for (const step of [3, 5]) {
      const { run: other } = scored(request(`best-${step}`, options), scores);
      await stoppedAfter(step, other);
      expect(await train(other)).toMatchObject({ best_global_step: 4, parameters: whole.parameters });
      expect(await bytesOf(other)).toEqual(await bytesOf(run));
    }
  });

  it('early_stopping_patience ends the run after N evaluations without a gain above the threshold', async () => {
    const scores = { 1: 0.1, 2: 0.5, 3: 0.55, 4: 0.52, 5: 0.9 };
    const options = { ...byScore, early_stopping_patience: 2, early_stopping_threshold: 0.1 };
    const { run, seen } = scored(request('patient', options), scores);
    const ended = await train(run);
    // Step 3 is the best so far, but gained too little.
    expect(ended).toMatchObject({ status: 'completed', global_step: 4, max_steps: 7, best_global_step: 3 });
    expect([...ended.parameters.get('hidden')!.data]).toEqual(seen.get(4));
    expect(await train(run)).toMatchObject({ status: 'completed', global_step: 4, seconds: 0 });
  });

  it('refuses to compare evaluations that there are none of, or that lack the metric', async () => {
    const options = { load_best_model_at_end: true };
    await expect(train(request('none', { ...options, eval_steps: 0 }))).rejects.toThrow(/eval_steps/);
    await expect(train({ ...request('none', options), evalExamples: [] })).rejects.toThrow(/evaluation data/);
    await expect(train(request('lacks', { ...options, metric_for_best_model: 'wit' }))).rejects.toThrow(
      'metric_for_best_model: the evaluation after step 3 has no eval_wit. It has eval_loss, eval_num_tokens, eval_error.',
    );
  });

  it('warns when a run resumes on another number of threads', async () => {
    const run = request('threads');
    await stoppedAfter(2, { ...run, runtime: { ...runtime, threads: 1 } });
    const warnings: string[] = [];
    const onWarning = ({ message }: { message: string }) => warnings.push(message);
    await train({ ...run, runtime: { ...runtime, threads: 3 }, onWarning });
    expect(warnings[0]).toBe(
      'This run began on onnx-cpu with 1 thread and resumes on onnx-cpu with 3 threads: its last digits may differ from ' +
        'those of a run without the change.',
    );
  });

  it('knows when its run began and its outlier channels, also after it was stopped', async () => {
    const run = request('began');
    const startedAt = new Date('2024-02-29T12:00:00.000Z');
    const begun = { startedAt, outlier_channels: { 'layers.0.q_proj': [3, 17] } };
    await stoppedAfter(2, { ...run, ...begun });
    expect(await runStart(run.out)).toEqual(begun);
    await train({ ...run, outlier_channels: begun.outlier_channels });
    expect(await runStart(run.out)).toEqual(begun);
    const other = await runStart(join(folder, 'new'));
    expect(Date.now() - other.startedAt.getTime()).toBeLessThan(60_000);
    expect(other.outlier_channels).toBeUndefined();
  });

  it('takes no damaged checkpoint: every changed byte of its state is named, and metrics are put right', async () => {
    const whole = request('whole');
    await train(whole);
    const run = request('damaged');
    await stoppedAfter(3, run);
    const file = join(run.out, 'checkpoint-3', 'trainer_state.json');
    const text = await readFile(file, 'utf8');
    const compile = () => Promise.reject(new Error('compiled'));
    const resume = () => train({ ...run, runtime: { ...runtime, name: 'none', compile } });
    for (let at = 0; at < text.length; at += 7) {
      for (const changed of [
        text.slice(0, at),
        text.slice(0, at) + (text[at] === '7' ? '8' : '7') + text.slice(at + 1),
      ]) {
        // White space between values carries nothing.
        if (/\s/.test(text[at]!) && changed.length === text.length) continue;
        await writeFile(file, changed);
        await expect(resume(), `byte ${at}`).rejects.toThrow(
          /trainer_state\.json: (cannot be read|is damaged|was changed).* Delete the folder of this file|other settings/,
        );
      }
    }
    await writeFile(file, text);
    const optimizer = join(run.out, 'checkpoint-3', 'optimizer.safetensors');
    const bytes = await readFile(optimizer);
    const last = bytes.at(-1)!;
    bytes[bytes.length - 1] = last ^ 1;
    await writeFile(optimizer, bytes);
    await expect(resume()).rejects.toThrow(
      /optimizer\.safetensors is missing or was changed.* Delete .*checkpoint-3/,
    );
    bytes[bytes.length - 1] = last;
    await writeFile(optimizer, bytes);
    await writeFile(join(run.out, 'metrics.jsonl'), '{"step":');
    expect(await train(run)).toMatchObject({ status: 'completed', resumedFrom: 3 });
    expect(await bytesOf(run)).toEqual(await bytesOf(whole));
  });

  it('leaves nothing over of a process that was killed, also when the run is complete', async () => {
    const run = request('over');
    await train(run);
    const names = await readdir(run.out);
    await mkdir(join(run.out, 'checkpoint-6.partial'));
    await cp(join(run.out, 'checkpoint-7'), join(run.out, 'checkpoint-5'), { recursive: true });
    await writeFile(join(run.out, 'run.json.0123456789ab.partial'), '{');
    await train(run);
    expect(await readdir(run.out)).toEqual(names);
  });

  it('says what is wrong before it starts', async () => {
    await expect(train({ ...request('empty'), examples: [] })).rejects.toThrow(
      'There are no examples to train on.',
    );
    await expect(train({ ...request('nothing'), parameters: [] })).rejects.toThrow(
      'There is nothing to train',
    );
    await expect(train({ ...request('short'), initial: new Map() })).rejects.toThrow(
      'The parameter hidden needs 6 numbers, but none were given.',
    );
    expect(() =>
      parseOptions(trainingOptionsSchema, { learning_rate: -1, batch_size: 4, lr_scheduler_type: 'cosin' }),
    ).toThrow(/^options: learning_rate: .*; lr_scheduler_type: .*"cosine".*; .*batch_size/);
  });
});
