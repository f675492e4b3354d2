import { fileURLToPath } from 'node:url';
import { loadAdapter } from '@charter/lora';
import { adaptableModules, loadModel } from '@charter/models';
import { createOnnxRuntime } from '@charter/runtime-onnx';
import type { Runtime } from '@charter/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import golden from './golden/kl.json' with { type: 'json' };
import { klFromBase } from './kl-from-base.js';
import { scoreTexts } from './score-texts.js';
import { createScorer } from './scorer.js';

const fixtures = (path: string) => fileURLToPath(new URL(`../../../../fixtures/${path}`, import.meta.url));
let runtime: Runtime;
beforeAll(async () => {
  runtime = await createOnnxRuntime({ threads: 1 });
});
afterAll(() => runtime.dispose());

describe('klFromBase', () => {
  it.each([1, 256])('is what transformers and PEFT give, in batches of %i tokens', async batchTokens => {
    const model = await loadModel(fixtures('models/llama'));
    const { config, tokenizer } = model;
    const adapter = await loadAdapter(fixtures('adapters/llama-all-linear'), adaptableModules(config));
    const options = { runtime, model, adapter, batchTokens };
    const found = await klFromBase(options, golden.rows);
    const scorer = await createScorer(options);
    const { scores } = await scoreTexts(scorer, tokenizer, golden.rows);
    await scorer.dispose();
    golden.rows.forEach(({ prompt, completion, ids, kl }, row) => {
      expect(tokenizer.tokenizePromptCompletion(prompt, completion).ids).toEqual(ids);
      const { id, tokens } = scores[row]!;
      expect(tokens).toBe(kl.length);
      const sum = kl.reduce((total, value) => total + value, 0);
      expect(Math.abs(found.get(id)! / sum - 1)).toBeLessThan(1e-3);
    });
  });
});
