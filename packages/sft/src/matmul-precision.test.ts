import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSafetensors, readTensor } from '@charter/checkpoint';
import { loadModel, quantizeModel } from '@charter/models';
import { createOnnxRuntime } from '@charter/runtime-onnx';
import type { Graph, Runtime } from '@charter/tensor';
import { readMetrics } from '@charter/trainer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SftRequest, sft } from './sft.js';

const model = await loadModel('packages/charter-tiny/model');
const lines = (await readFile('packages/charter-tiny/prompts/helpful.jsonl', 'utf8')).split('\n', 12);
const rows = lines.map(line => {
  const { prompt, response } = JSON.parse(line);
  return { prompt, completion: [{ role: 'assistant', content: response }] };
});

/** Gradient of the first step, up to its length: a tenth of it is the first moment of AdamW. */
const firstGradient = async (out: string): Promise<Float32Array> => {
  const { tensors } = await openSafetensors(join(out, 'checkpoint-1', 'optimizer.safetensors'));
  return readTensor(tensors.get('exp_avg')!);
};

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

describe('sft with matmul_precision int8', () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await createOnnxRuntime();
  });
  afterAll(() => runtime.dispose());

  const request = async (options: SftRequest['options'] = {}): Promise<SftRequest> => ({
    runtime,
    model,
    rows,
    lora: { r: 8 },
    options: { max_steps: 6, per_device_train_batch_size: 4, matmul_precision: 'int8', ...options },
    out: await mkdtemp(join(tmpdir(), 'charter-int8-')),
  });

  it('keeps each step’s loss within 0.02 of float32, and the gradient’s direction, also layer by layer', async () => {
    const run = async (options: SftRequest['options']) => {
      const asked = await request({ save_steps: 1, save_total_limit: 6, ...options });
      const { last } = await sft({ ...asked, evalRows: rows.slice(0, 2) });
      const log = await readMetrics(join(asked.out, 'metrics.jsonl'));
      const losses = [...log.flatMap(({ loss }) => loss ?? []), last.evaluation!.eval_loss!];
      return { losses, gradient: await firstGradient(asked.out) };
    };
    const exact = await run({ matmul_precision: 'float32' });
    for (const gradient_checkpointing of [false, true]) {
      const { losses, gradient } = await run({ gradient_checkpointing });
      expect(losses).toHaveLength(7);
      expect(losses).not.toEqual(exact.losses);
      for (const [i, loss] of losses.entries()) expect(Math.abs(loss - exact.losses[i]!)).toBeLessThan(0.02);
      const length = Math.sqrt(dot(gradient, gradient) * dot(exact.gradient, exact.gradient));
      expect(dot(gradient, exact.gradient) / length).toBeGreaterThan(0.99);
    }
  });

  it('gives the same bytes when it is stopped and resumed, with the outlier channels that it began with', async () => {
    const graphs: Graph[] = [];
    const watched: Runtime = new Proxy(runtime, {
      get: (target, name) =>
        name === 'compile'
          ? (graph: Graph, options: Parameters<Runtime['compile']>[1]) => {
              graphs.push(graph);
              return target.compile(graph, options);
            }
          : Reflect.get(target, name),
    });
    const whole = await request({ max_steps: 3 });
    await sft(whole);
    const stop = new AbortController();
    const stopped = { ...(await request({ max_steps: 3 })), runtime: watched };
    await sft({ ...stopped, signal: stop.signal, onProgress: ({ step }) => step === 1 && stop.abort() });
    const calibrations = () => graphs.filter(({ outputs }) => outputs.has('largest.0')).length;
    expect(calibrations()).toBe(1);
    expect(await sft(stopped)).toMatchObject({ status: 'completed', resumedFrom: 1 });
    expect(calibrations()).toBe(1);
    for (const file of ['adapter_model.safetensors', 'metrics.jsonl'])
      expect(await readFile(join(stopped.out, file))).toEqual(await readFile(join(whole.out, file)));
  });

  it('refuses quantized weights', async () => {
    const quantized = await quantizeModel(model, '8bit');
    await expect(sft({ ...(await request()), model: quantized })).rejects.toThrow(
      'The weights of model are quantized, but matmul_precision "int8" needs them in full precision: leave out one of the two.',
    );
  });
});
