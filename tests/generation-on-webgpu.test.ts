import { localModel } from '@charter/generate';
import { loadModel } from '@charter/models';
import { createOnnxRuntime } from '@charter/runtime-onnx';
import { describe, expect, it } from 'vitest';
import { withoutDriver } from './webgpu-driver.js';

const folder = 'fixtures/models/llama';
const prompts = [
  'Once upon a time',
  'The cat',
  'May I read her letters, which lie on the table in the hall?',
];

/** Texts written together and one after the other, scores and hidden states: every way in which a model is run. */
const everything = async (device: 'cpu' | 'webgpu') => {
  const runtime = await createOnnxRuntime({ device });
  const model = localModel({ runtime, model: await loadModel(folder), name: device });
  try {
    const write = (prompt: string) => model.generate({ prompt, temperature: 0, max_new_tokens: 6 });
    const together = await Promise.all(prompts.map(write));
    const alone = await write(prompts[1]!);
    return {
      texts: [...together, alone].map(({ ids }) => ids),
      logps: await model.score({ prompt: prompts[0]!, continuations: [' there', ' a'] }),
      state: await model.embed(prompts[2]!),
    };
  } finally {
    await model.dispose();
    await runtime.dispose();
  }
};

describe.skipIf(withoutDriver)(
  `generation on WebGPU${withoutDriver ? ` (skipped: ${withoutDriver})` : ''}`,
  () => {
    it('writes and scores as on the processor', { timeout: 300_000 }, async () => {
      const [cpu, webgpu] = [await everything('cpu'), await everything('webgpu')];
      expect(webgpu.texts).toEqual(cpu.texts);
      webgpu.logps.forEach((logp, i) => {
        expect(logp).toBeCloseTo(cpu.logps[i]!, 4);
      });
      webgpu.state.forEach((value, i) => {
        expect(value).toBeCloseTo(cpu.state[i]!, 4);
      });
    });
  },
);
