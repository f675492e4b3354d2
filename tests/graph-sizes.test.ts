import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dpo } from '@charter/dpo';
import { localModel } from '@charter/generate';
import { loadModel } from '@charter/models';
import { createOnnxRuntime } from '@charter/runtime-onnx';
import { sft } from '@charter/sft';
import type { Graph, Runtime } from '@charter/tensor';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

// Operation counts of every graph that is compiled for a step of SFT and DPO and for a generated text. A change of the
// graph's code that means to change no number leaves them alone. After a change that means to:
// UPDATE_GRAPH_SIZES=1 npx vitest run tests/graph-sizes.test.ts
const file = new URL('graph-sizes.json', import.meta.url);
const expected: Record<string, string[]> = JSON.parse(readFileSync(file, 'utf8'));

const models = [
  'llama',
  'llama-untied-rope3',
  'llama-biased-linear',
  'llama-dynamic',
  'mistral',
  'qwen2',
  'qwen3',
  'gemma3',
  'phi3',
  'phi3-longrope',
];

let onnx: Runtime;
beforeAll(async () => {
  onnx = await createOnnxRuntime();
});
afterAll(() => onnx.dispose());

/** Such as `add 3, matmul 2`: operations that the outputs need. */
const sizeOf = (graph: Graph): string => {
  const counts = new Map<string, number>();
  for (const { op } of graph.reachable()) counts.set(op, (counts.get(op) ?? 0) + 1);
  return [...counts]
    .map(([op, count]) => `${op} ${count}`)
    .sort()
    .join(', ');
};

/** Sizes of the graphs that a program compiles, in no order: it may compile several at once. */
const compiledBy = async (run: (runtime: Runtime) => Promise<unknown>): Promise<string[]> => {
  const sizes: string[] = [];
  await run({
    ...bound(onnx),
    compile: (graph, options) => {
      sizes.push(sizeOf(graph));
      return onnx.compile(graph, options);
    },
  });
  return sizes.sort();
};

const bound = (runtime: Runtime): Runtime =>
  new Proxy(runtime, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });

const prompt = [{ role: 'user', content: 'May I read her letters?' }];
const completion = [{ role: 'assistant', content: 'Only if she says so.' }];
const rejected = [{ role: 'assistant', content: 'Yes.' }];
const lora = { r: 4 };
const training = { max_steps: 1, per_device_train_batch_size: 1 };

const kinds = ['sft', 'sft, layer by layer', 'dpo', 'generate'] as const;
const actual: Record<string, string[]> = {};

describe.each(models)('%s', name => {
  test.each(kinds)('the graphs of %s have the operations that they had', async kind => {
    const folder = `fixtures/models/${name}`;
    const out = await mkdtemp(join(tmpdir(), 'charter-graphs-'));
    const model = await loadModel(folder);
    const sizes = await compiledBy(async runtime => {
      const common = { runtime, model, out, lora };
      if (kind === 'dpo') {
        const rows = [{ prompt, chosen: completion, rejected }];
        return dpo({ ...common, rows, options: training });
      }
      if (kind !== 'generate') {
        const options = { ...training, gradient_checkpointing: kind === 'sft, layer by layer' };
        return sft({ ...common, rows: [{ prompt, completion }], options });
      }
      const generator = localModel({ runtime, model, name });
      await generator.generate({ prompt: 'May I', max_new_tokens: 3, temperature: 0 });
      return generator.dispose();
    });
    await rm(out, { recursive: true });
    actual[`${name}: ${kind}`] = sizes;
    if (!process.env.UPDATE_GRAPH_SIZES) expect(sizes).toEqual(expected[`${name}: ${kind}`]);
  });
});

afterAll(() => {
  if (process.env.UPDATE_GRAPH_SIZES) writeFileSync(file, `${JSON.stringify(actual, null, 2)}\n`);
});
