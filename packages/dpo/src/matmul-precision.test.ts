import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSafetensors, readTensor } from '@charter/checkpoint';
import { loadModel } from '@charter/models';
import { createOnnxRuntime } from '@charter/runtime-onnx';
import type { Runtime } from '@charter/tensor';
import { readMetrics } from '@charter/trainer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DpoRequest, dpo } from './dpo.js';

const model = await loadModel('packages/charter-tiny/model');
const lines = (await readFile('packages/charter-tiny/prompts/helpful.jsonl', 'utf8')).split('\n', 8);
const answers = lines.map(line => JSON.parse(line));
const rows = answers.map(({ prompt, response }, i) => ({
  prompt,
  chosen: [{ role: 'assistant', content: response }],
  rejected: [{ role: 'assistant', content: answers[(i + 1) % 8].response }],
}));

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

describe('dpo with matmul_precision int8', () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await createOnnxRuntime();
  });
  afterAll(() => runtime.dispose());

  const run = async (options: DpoRequest['options'], changes: Partial<DpoRequest> = {}) => {
    const out = await mkdtemp(join(tmpdir(), 'charter-int8-'));
    const request: DpoRequest = {
      runtime,
      model,
      rows,
      lora: { r: 8 },
      options: { max_steps: 5, per_device_train_batch_size: 2, learning_rate: 5e-5, ...options },
      out,
      ...changes,
    };
    await dpo(request);
    const log = await readMetrics(join(request.out, 'metrics.jsonl'));
    return { log, losses: log.flatMap(({ loss }) => loss ?? []), request };
  };

  it('keeps each step’s loss within 0.01 of float32, and the gradient’s direction; rewards start at 0', async () => {
    const every = { save_steps: 1, save_total_limit: 5 };
    const exact = await run(every);
    const rounded = await run({ ...every, matmul_precision: 'int8' });
    expect(rounded.losses).not.toEqual(exact.losses);
    for (const [i, loss] of rounded.losses.entries())
      expect(Math.abs(loss - exact.losses[i]!)).toBeLessThan(0.01);
    expect(rounded.log[0]!['rewards/margins']).toBeCloseTo(0, 4);
    const gradients = await Promise.all(
      [exact, rounded].map(async ({ request: { out } }) => {
        const { tensors } = await openSafetensors(join(out, 'checkpoint-1', 'optimizer.safetensors'));
        return readTensor(tensors.get('exp_avg')!);
      }),
    );
    const [a, b] = gradients as [Float32Array, Float32Array];
    expect(dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))).toBeGreaterThan(0.99);
  });

  it('gives the same bytes when it is stopped and resumed, and keeps its reference apart from that of float32', async () => {
    const options = { max_steps: 3, matmul_precision: 'int8' } as const;
    const whole = await run(options);
    const stop = new AbortController();
    const { request } = await run(options, {
      cache: join(whole.request.out, 'reference-logps'),
      signal: stop.signal,
      onProgress: ({ step }) => step === 1 && stop.abort(),
    });
    await dpo({ ...request, signal: undefined });
    for (const file of ['adapter_model.safetensors', 'metrics.jsonl'])
      expect(await readFile(join(request.out, file))).toEqual(await readFile(join(whole.request.out, file)));
    const references = () => readdir(request.cache!);
    expect(await references()).toHaveLength(1);
    await run({ max_steps: 1 }, { cache: request.cache });
    expect(await references()).toHaveLength(2);
  });
});
