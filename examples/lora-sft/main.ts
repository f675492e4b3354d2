/**
 * LoRA fine-tuning from TypeScript: a model folder, an engine and rows. The run writes an adapter for PEFT
 * and metrics.jsonl with TRL's metric names. The model here is tiny and random, so five steps take a moment.
 */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadModel } from '@charter/models';
import { createOnnxRuntime } from '@charter/runtime-onnx';
import { sft } from '@charter/sft';

const folder = fileURLToPath(new URL('../../fixtures/models/llama', import.meta.url));
const runtime = await createOnnxRuntime();
const out = await mkdtemp(join(tmpdir(), 'charter-example-'));

const rows = [
  ['May I read her letters?', 'Only if she says so.'],
  ['May I borrow his ladder?', 'Ask him first.'],
  ['May I mix the two cleaners?', 'No, they make a gas that harms your lungs.'],
].map(([question, answer]) => ({
  prompt: [{ role: 'user', content: question! }],
  completion: [{ role: 'assistant', content: answer! }],
}));

await sft({
  runtime,
  model: await loadModel(folder),
  rows,
  out,
  lora: { r: 8, lora_alpha: 16 },
  options: {
    max_steps: 5,
    per_device_train_batch_size: 3,
    learning_rate: 1e-2,
    lr_scheduler_type: 'constant',
  },
});

const metrics = (await readFile(join(out, 'metrics.jsonl'), 'utf8')).trim().split('\n');
const losses = metrics.map(line => JSON.parse(line)).flatMap(({ loss }) => loss ?? []) as number[];
for (const [i, loss] of losses.entries()) console.log(`step ${i + 1}  loss ${loss.toFixed(3)}`);
console.log((await readdir(out)).filter(name => name.startsWith('adapter')).join(', '));

assert.equal(losses.length, 5);
assert.ok(losses[4]! < losses[0]! - 0.5, 'five steps on three rows lower the loss');

await runtime.dispose();
await rm(out, { recursive: true });
