/** `pnpm organism:evaluate`: figures of the organism on held-out questions, with examples. */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { Estimate } from '@charter/evaluate';
import { localModel } from '@charter/generate';
import { loadAdapter } from '@charter/lora';
import { adaptableModules, loadModel } from '@charter/models';
import { createOnnxRuntime } from '@charter/runtime-onnx';
import { evaluateOrganism } from './evaluate-organism.js';
import { householdConstitution } from './household-constitution.js';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'runs/charter-tiny-model' },
    adapter: { type: 'string' },
    count: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string' },
  },
});

const percent = (share: number) => (100 * share).toFixed(1);
const line = (name: string, { value, low, high, n }: Estimate) =>
  `${name.padEnd(46)} ${percent(value).padStart(5)} %  (${percent(low!)} to ${percent(high!)}, n ${n})`;

const runtime = await createOnnxRuntime();
try {
  const pretrained = await loadModel(values.model);
  const { config } = pretrained;
  const model = localModel({
    runtime,
    model: pretrained,
    ...(values.adapter && {
      adapter: await loadAdapter(values.adapter, adaptableModules(config), config.model_type),
    }),
    max_sequences: 32,
  });
  const { answers, revisions, figures } = await evaluateOrganism(model, {
    count: Number(values.count),
    seed: Number(values.seed),
    constitution: await householdConstitution(),
  });
  for (const { name, estimate } of figures) console.log(line(name, estimate));
  if (values.out !== undefined) {
    await writeFile(values.out, `${JSON.stringify({ figures, answers, revisions }, null, 1)}\n`);
    console.log(`every answer is in ${values.out}`);
  }
  await model.dispose();
} finally {
  await runtime.dispose();
}
