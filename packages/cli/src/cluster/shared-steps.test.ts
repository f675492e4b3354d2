import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dpo } from '@charter/dpo';
import { type LoadedModel, loadModel } from '@charter/models';
import { createOnnxRuntime } from '@charter/runtime-onnx';
import { sft } from '@charter/sft';
import type { Runtime } from '@charter/tensor';
import { type Collective, readMetrics, type TrainResult } from '@charter/trainer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedMemoryProcesses } from './shared-memory-processes.fixture.js';

const rowsOf = async (name: string) =>
  (await readFile(`fixtures/inputs/${name}.jsonl`, 'utf8'))
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));

const options = {
  max_steps: 6,
  per_device_train_batch_size: 4,
  gradient_accumulation_steps: 2,
  learning_rate: 3e-4,
  lr_scheduler_type: 'constant',
  max_length: 80,
  eval_steps: 3,
  save_steps: 2,
  seed: 7,
} as const;

let runtime: Runtime;
let model: LoadedModel;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'charter-shared-'));
  runtime = await createOnnxRuntime({ threads: 1 });
  model = await loadModel('fixtures/models/llama');
});
afterAll(async () => {
  await runtime.dispose();
  await rm(folder, { recursive: true, force: true });
});

const methods = {
  sft: async (out: string, collective?: Collective, changed: object = {}) => {
    const rows = await rowsOf('prompt-completion');
    const request = { runtime, model, rows, evalRows: rows.slice(0, 9), lora: { r: 4 }, out, collective };
    return sft({ ...request, options: { ...options, ...changed } });
  },
  dpo: async (out: string, collective?: Collective, changed: object = {}) => {
    const rows = await rowsOf('pairs');
    const request = { runtime, model, rows, evalRows: rows.slice(0, 5), lora: { r: 4 }, out, collective };
    return dpo({ ...request, options: { ...options, ...changed } });
  },
};

type Method = keyof typeof methods;

const together = (method: Method, size: number, out: string, changed?: object): Promise<TrainResult[]> =>
  Promise.all(sharedMemoryProcesses(size).map(collective => methods[method](out, collective, changed)));

/** Distance of two adapters, relative to the length of the first. */
const distance = (a: TrainResult, b: TrainResult): number => {
  let [apart, length] = [0, 0];
  for (const [name, { data }] of a.parameters) {
    const other = b.parameters.get(name)!.data;
    data.forEach((value, i) => {
      apart += (value - other[i]!) ** 2;
      length += value ** 2;
    });
  }
  return Math.sqrt(apart / length);
};

/** Every metric of every line, but for the norm, is within 1e-6 of one process. */
const expectSameMetrics = async (alone: string, shared: string) => {
  const [expected, metrics] = await Promise.all(
    [alone, shared].map(out => readMetrics(join(out, 'metrics.jsonl'))),
  );
  expect(metrics!.map(entry => Object.keys(entry))).toEqual(expected!.map(entry => Object.keys(entry)));
  for (const [i, entry] of expected!.entries()) {
    for (const [name, value] of Object.entries(entry)) {
      const told = `${name} at step ${entry.step}`;
      expect(Math.abs(metrics![i]![name]! - value), told).toBeLessThanOrEqual(
        1e-6 * Math.max(1, Math.abs(value)) * (/loss/.test(name) ? 1 : 10),
      );
    }
  }
};

describe.each(['sft', 'dpo'] as const)('%s in several processes', method => {
  let alone: string;
  let expected: TrainResult;
  beforeAll(async () => {
    alone = join(folder, `${method}-1`);
    expected = await methods[method](alone);
  });

  it.each([2, 3])('%i give the metrics and the adapter of one', async size => {
    const out = join(folder, `${method}-${size}`);
    const results = await together(method, size, out);
    await expectSameMetrics(alone, out);
    for (const result of results) expect(distance(expected, result)).toBeLessThan(1e-6);
    // Rank 0 alone wrote, and every rank has its bits.
    const [first, ...others] = results.map(({ parameters }) =>
      [...parameters.values()].map(({ data }) => data),
    );
    for (const other of others) expect(other).toEqual(first);
  });

  it('a run of two goes on in three, on the same examples', async () => {
    const out = join(folder, `${method}-changed`);
    await together(method, 2, out, { max_steps: 4 });
    const results = await together(method, 3, out);
    expect(results.map(({ resumedFrom }) => resumedFrom)).toEqual([4, 4, 4]);
    const losses = (await readMetrics(join(out, 'metrics.jsonl'))).flatMap(({ loss }) => loss ?? []);
    const known = (await readMetrics(join(alone, 'metrics.jsonl'))).flatMap(({ loss }) => loss ?? []);
    for (const [i, loss] of losses.entries()) expect(Math.abs(loss / known[i]! - 1)).toBeLessThan(1e-6);
    expect(distance(expected, results[2]!)).toBeLessThan(1e-6);
  });
});

it('a rank with other data ends the run in every rank, and is named', async () => {
  const [first, second] = sharedMemoryProcesses(2);
  const out = join(folder, 'other-data');
  const runs = [methods.sft(out, first), methods.sft(out, second, { learning_rate: 1e-5 })];
  for (const result of await Promise.allSettled(runs)) {
    expect(result).toMatchObject({
      status: 'rejected',
      reason: { message: expect.stringContaining('the data of rank 1 are not those of rank 0') },
    });
  }
});

it('a stop that one rank is told of stops all after the same step, with a checkpoint', async () => {
  const out = join(folder, 'stopped');
  const controller = new AbortController();
  const rows = await rowsOf('prompt-completion');
  const [first, second] = sharedMemoryProcesses(2);
  const request = { runtime, model, rows, options, lora: { r: 4 }, out };
  const results = await Promise.all([
    sft({ ...request, collective: first }),
    sft({
      ...request,
      collective: second,
      signal: controller.signal,
      onProgress: ({ step }) => step === 3 && controller.abort(),
    }),
  ]);
  expect(results.map(({ status, global_step }) => ({ status, global_step }))).toEqual([
    { status: 'stopped', global_step: 3 },
    { status: 'stopped', global_step: 3 },
  ]);
  await expect(readFile(join(out, 'checkpoint-3', 'trainer_state.json'), 'utf8')).resolves.toContain(
    '"global_step": 3',
  );
});
