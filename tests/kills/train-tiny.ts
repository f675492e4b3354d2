/** One short run of `sft` or `dpo` on a fixture model, as a process of its own: `train-tiny.ts <method> <out>`. */
import { dpo } from '@charter/dpo';
import { loadModel } from '@charter/models';
import { createOnnxRuntime } from '@charter/runtime-onnx';
import { sft } from '@charter/sft';

const [method, out] = process.argv.slice(2) as ['sft' | 'dpo', string];
const answers = [
  'Ring the bell.',
  'Ask them first.',
  'Wait outside.',
  'Write a note.',
  'Call the owner.',
  'Go home.',
];
const message = (role: string, content: string) => [{ role, content }];
const rows = answers.map((answer, i) => ({
  prompt: message('user', `How do I get into house ${i}?`),
  completion: message('assistant', answer),
}));
const pairs = rows.map(({ prompt, completion }) => ({
  prompt,
  chosen: completion,
  rejected: message('assistant', 'Break the window.'),
}));

const runtime = await createOnnxRuntime({ threads: 1 });
const request = {
  runtime,
  model: await loadModel('fixtures/models/llama'),
  lora: { r: 2, target_modules: ['q_proj'] },
  options: {
    max_steps: 4,
    per_device_train_batch_size: 2,
    learning_rate: 1e-2,
    eval_steps: 2,
    save_steps: 2,
  },
  out,
};
if (method === 'sft') await sft({ ...request, rows, evalRows: rows.slice(4) });
else await dpo({ ...request, rows: pairs, evalRows: pairs.slice(4) });
await runtime.dispose();
