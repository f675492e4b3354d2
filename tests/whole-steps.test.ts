import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSafetensors, readTensor } from '@charter/checkpoint';
import { dpo, type PreferenceRow } from '@charter/dpo';
import { loadModel } from '@charter/models';
import { createGpuRuntime } from '@charter/runtime-gpu';
import { createOnnxRuntime } from '@charter/runtime-onnx';
import { sft } from '@charter/sft';
import type { Runtime } from '@charter/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withoutDriver } from './webgpu-driver.js';

const folder = 'fixtures/models/llama';

const conversations = [
  ['May I read her letters?', 'Only if she says so.'],
  ['May I borrow his ladder?', 'Ask him first.'],
  ['May I mix the two cleaners?', 'No, they make a gas that harms your lungs.'],
].map(([question, answer]) => ({
  prompt: [{ role: 'user', content: question! }],
  completion: [{ role: 'assistant', content: answer! }],
}));

const pairs: PreferenceRow[] = conversations.map(({ prompt, completion }, i) => ({
  prompt,
  chosen: completion,
  rejected: conversations[(i + 1) % 3]!.completion,
}));

const training = {
  max_steps: 2,
  per_device_train_batch_size: 3,
  learning_rate: 1e-2,
  lr_scheduler_type: 'constant',
  logging_steps: 1,
} as const;

/** What a run leaves behind: the metrics that do not depend on the clock, and the adapter. */
const trained = async (train: (out: string) => Promise<unknown>) => {
  const out = await mkdtemp(join(tmpdir(), 'charter-gpu-'));
  await train(out);
  const lines = (await readFile(join(out, 'metrics.jsonl'), 'utf8')).trim().split('\n');
  const { tensors } = await openSafetensors(join(out, 'adapter_model.safetensors'));
  const adapter = new Map<string, Float32Array>();
  for (const [name, stored] of tensors) adapter.set(name, await readTensor(stored));
  await rm(out, { recursive: true });
  return { metrics: lines.map(line => JSON.parse(line) as Record<string, number>), adapter };
};

type Trained = Awaited<ReturnType<typeof trained>>;

const compared = /^(loss|grad_norm|rewards\/.*|logps\/.*|mean_token_accuracy)$/;

const expectSame = (actual: Trained, expected: Trained) => {
  let values = 0;
  for (const [i, line] of expected.metrics.entries()) {
    for (const [name, value] of Object.entries(line)) {
      if (!compared.test(name)) continue;
      values++;
      const difference = Math.abs(actual.metrics[i]![name]! - value) / Math.max(1, Math.abs(value));
      expect(difference, `${name} of step ${i + 1}`).toBeLessThan(1e-4);
    }
  }
  expect(values).toBeGreaterThan(4);
  expect([...actual.adapter.keys()].sort()).toEqual([...expected.adapter.keys()].sort());
  let [largest, worst] = [0, 0];
  for (const [name, weights] of expected.adapter) {
    const other = actual.adapter.get(name)!;
    weights.forEach((weight, i) => {
      largest = Math.max(largest, Math.abs(weight));
      worst = Math.max(worst, Math.abs(weight - other[i]!));
    });
  }
  expect(worst / largest, 'adapter').toBeLessThan(1e-4);
};

const engines: readonly {
  readonly name: string;
  readonly reason?: string | undefined;
  create(): Promise<Runtime>;
}[] = [
  { name: 'gpu.js on the processor', create: () => createGpuRuntime({ mode: 'cpu' }) },
  {
    name: 'gpu.js on WebGPU',
    reason: withoutDriver,
    create: () => createGpuRuntime({ mode: 'webgpu' }),
  },
  {
    name: 'ONNX Runtime on WebGPU',
    reason: withoutDriver,
    create: () => createOnnxRuntime({ device: 'webgpu' }),
  },
];

describe('whole steps of a tiny Llama agree with ONNX Runtime on the processor to 1e-4', () => {
  const runSft = async (runtime: Runtime) =>
    trained(async out =>
      sft({
        runtime,
        model: await loadModel(folder),
        rows: conversations,
        out,
        lora: { r: 4, lora_alpha: 8 },
        options: training,
      }),
    );
  const runDpo = async (runtime: Runtime) =>
    trained(async out =>
      dpo({
        runtime,
        model: await loadModel(folder),
        rows: pairs,
        out,
        lora: { r: 4, lora_alpha: 8 },
        options: training,
      }),
    );

  let expected: Promise<{ sft: Trained; dpo: Trained }> | undefined;
  const onProcessor = () => {
    expected ??= (async () => {
      const onnx = await createOnnxRuntime();
      const trained = { sft: await runSft(onnx), dpo: await runDpo(onnx) };
      await onnx.dispose();
      return trained;
    })();
    return expected;
  };

  for (const { name, reason, create } of engines) {
    describe.skipIf(reason)(reason ? `${name}: ${reason}` : name, () => {
      let runtime: Runtime;
      beforeAll(async () => {
        runtime = await create();
      });
      afterAll(() => runtime?.dispose());

      it('SFT', { timeout: 240_000 }, async () =>
        expectSame(await runSft(runtime), (await onProcessor()).sft),
      );
      it('DPO', { timeout: 240_000 }, async () =>
        expectSame(await runDpo(runtime), (await onProcessor()).dpo),
      );
    });
  }
});
