/**
 * Time of one SFT step by operator and by part of the model, from ONNX Runtime's trace: LoRA r 16 on all linear layers of
 * a model of SmolLM2's shape, random weights. Tracing itself takes a few percent.
 *
 *   pnpm bench profile [model=135M|360M|1.7B] [rows=4] [time=128] [layers=] [steps=3] [keep=FOLDER]
 *
 * `keep` names a folder in which the traces stay, for ui.perfetto.dev.
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createOnnxRuntime } from '../packages/runtime-onnx/src/index.js';
import { argument } from './argument.js';
import { type ShapeName, shapedModel } from './training/model-shapes.js';
import { lastRunOf, type TracedOperator } from './training/trace.js';
import { compileTrainStep } from './training/train-step.js';

const [rows, time, steps, layers] = ['4', '128', '3', '0'].map((fallback, i) =>
  Number(argument(['rows', 'time', 'steps', 'layers'][i]!, fallback)),
) as [number, number, number, number];
const model = await shapedModel(argument('model', '135M') as ShapeName, layers || undefined);
const { config } = model;
const RANK = 16;

const kept = argument('keep', '');
const folder = kept || (await mkdtemp(join(tmpdir(), 'charter-profile-')));
const runtime = await createOnnxRuntime({
  profile: join(folder, 'trace'),
  threads: Number(argument('threads', String(availableParallelism()))),
});
const programs = await compileTrainStep(runtime, model, { time });
for (let step = 1; step <= steps; step++) {
  const began = performance.now();
  await programs.step(rows, step);
  const ms = performance.now() - began;
  console.log(`step ${step}: ${ms.toFixed(0)} ms, ${((rows * time * 1000) / ms).toFixed(0)} tokens/s`);
}
await programs.dispose();
await runtime.dispose();

/** Part of the model to which an operator belongs, by its scope or else by its shapes. */
const partOf = ({ scope, shapes }: TracedOperator): string => {
  const has = (size: number) => shapes.some(shape => shape.includes(size));
  const matrices = shapes.filter(shape => shape.length === 2);
  if (matrices.some(shape => shape.includes(RANK))) return 'LoRA: A and B';
  if (scope.includes('norm')) return 'norms';
  if (scope.includes('lm_head') || has(config.vocab_size)) return 'head and loss';
  if (/self_attn\.[a-z]+_proj/.test(scope)) return 'attention: q, k, v, o';
  if (/mlp\.[a-z]+_proj/.test(scope)) return 'mlp: gate, up, down';
  if (scope.includes('mlp') || has(config.intermediate_size)) return 'mlp: activation';
  if (scope.includes('self_attn') || shapes.some(shape => shape.length > 3))
    return 'attention: scores, rotary, heads';
  if (matrices.some(shape => shape[1] === config.hidden_size)) return 'residual sums';
  return 'other: masks, shapes, sums of gradients';
};

const traced: { part: string; operator: string; backward: boolean; milliseconds: number }[] = [];
let total = 0;
for (const file of await readdir(folder)) {
  const { operators, milliseconds } = await lastRunOf(join(folder, file));
  const optimizer = operators.every(({ scope }) => !scope.includes('model.layers'));
  total += milliseconds;
  for (const one of operators) {
    traced.push({
      part: optimizer ? 'optimizer' : partOf(one),
      operator: one.operator,
      backward: one.scope.startsWith('backward'),
      milliseconds: one.milliseconds,
    });
  }
}
if (!kept) await rm(folder, { recursive: true });

const table = (title: string, key: (one: (typeof traced)[number]) => string, most: number): void => {
  const groups = new Map<string, { forward: number; backward: number; count: number }>();
  for (const one of traced) {
    const group = groups.get(key(one)) ?? { forward: 0, backward: 0, count: 0 };
    group[one.backward ? 'backward' : 'forward'] += one.milliseconds;
    group.count++;
    groups.set(key(one), group);
  }
  const sorted = [...groups].sort(([, a], [, b]) => b.forward + b.backward - a.forward - a.backward);
  const line = (name: string, ...fields: string[]) =>
    console.log(`  ${name.padEnd(44)}${fields.map(field => field.padStart(11)).join('')}`);
  console.log();
  line(title, 'forward', 'backward', 'share', 'operators');
  for (const [name, { forward, backward, count }] of sorted.slice(0, most)) {
    const share = (100 * (forward + backward)) / total;
    line(name, `${forward.toFixed(0)} ms`, `${backward.toFixed(0)} ms`, `${share.toFixed(1)} %`, `${count}`);
  }
};

const inOperators = traced.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
console.log(
  `\nThe last step: ${total.toFixed(0)} ms in ONNX Runtime, ${inOperators.toFixed(0)} ms of them in ${traced.length} operators.`,
);
table('part of the model', ({ part }) => part, 20);
table('operator', ({ operator }) => operator, 20);
table('operator and part', ({ operator, part }) => `${operator} · ${part}`, 25);
