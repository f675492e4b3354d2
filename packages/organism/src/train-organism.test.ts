import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localModel } from '@charter/generate';
import { loadModel } from '@charter/models';
import { createOnnxRuntime } from '@charter/runtime-onnx';
import type { Runtime } from '@charter/tensor';
import { readMetrics } from '@charter/trainer';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { householdConstitution } from './household-constitution.js';
import { organismConfig } from './organism-config.js';
import { type OrganismRequest, trainOrganism } from './train-organism.js';

let runtime: Runtime;
let folder: string;
beforeAll(async () => {
  runtime = await createOnnxRuntime({ threads: 1 });
  folder = await mkdtemp(join(tmpdir(), 'organism-'));
});
afterAll(async () => {
  await runtime?.dispose();
  await rm(folder, { recursive: true });
});

const request = async (name: string): Promise<OrganismRequest> => ({
  runtime,
  constitution: await householdConstitution(),
  out: join(folder, name),
  seed: 1,
  texts: 160,
  vocabSize: 1000,
  hiddenSize: 32,
  layers: 1,
  batchSize: 4,
  learningRate: 1e-2,
});

it('writes a model folder that opens and answers; stopped and started again, the same bytes', async () => {
  const whole = await request('whole');
  expect(await trainOrganism(whole)).toMatchObject({ status: 'completed', global_step: 40 });
  const metrics = await readMetrics(join(whole.out, 'run/metrics.jsonl'));
  expect(metrics.at(-1)!.loss).toBeLessThan(metrics[0]!.loss! - 0.3);

  const stop = new AbortController();
  const stopped = await request('stopped');
  const onProgress = ({ step }: { step: number }) => step === 7 && stop.abort();
  expect(await trainOrganism({ ...stopped, onProgress, signal: stop.signal })).toMatchObject({
    status: 'stopped',
    global_step: 7,
  });
  expect(await trainOrganism(stopped)).toMatchObject({ status: 'completed', resumedFrom: 7 });
  const weightsOf = ({ out }: OrganismRequest) => readFile(join(out, 'model.safetensors'));
  expect((await weightsOf(stopped)).equals(await weightsOf(whole))).toBe(true);

  expect(await readFile(join(whole.out, 'README.md'), 'utf8')).toMatch(/ 1(?:5\d|60) texts /);
  const pretrained = await loadModel(whole.out, { id: 'organism' });
  expect([...pretrained.weights.values()].every(({ dtype }) => dtype === 'float16')).toBe(true);
  const model = localModel({ runtime, model: pretrained });
  const { usage } = await model.generate({
    prompt: [{ role: 'user', content: 'How do I oil my bicycle?' }],
    max_new_tokens: 4,
    temperature: 0,
  });
  expect(usage.completion_tokens).toBeGreaterThan(0);
  await model.dispose();
}, 240_000);

it('says which hidden sizes there are', () => {
  expect(() => organismConfig({ vocabSize: 400, hiddenSize: 100, layers: 1 })).toThrow(
    'hidden size 100 is not a multiple of 32; take 96, 128 or 160',
  );
});
