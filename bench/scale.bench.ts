/**
 * One LoRA step of Mistral-7B's shape on a small machine: the base in 4 bits, with gradient checkpointing. Then, on the
 * first few layers, loss and gradients against the same weights dequantized to float32, without checkpointing. Random
 * weights, written to the cache folder first (4.5 GB).
 *
 *   pnpm bench scale [layers=32] [time=512] [check=4|0] [write=no|yes]
 */
import { machine } from '../packages/cli/src/command-line/run-record.js';
import { createOnnxRuntime } from '../packages/runtime-onnx/src/index.js';
import { sftTask } from '../packages/sft/src/index.js';
import { type FrozenWeight, float32, type Runtime } from '../packages/tensor/src/index.js';
import { FlatParameters, startLora } from '../packages/trainer/src/index.js';
import { compileForwardBackward } from '../packages/trainer/src/loop/train-programs.js';
import { argument, numberArgument } from './argument.js';
import { denseParameters, shapeConfig } from './training/model-shapes.js';
import { dequantizedShape, quantizedShape } from './training/quantized-shape.js';
import { compileTrainStep } from './training/train-step.js';
import { writeSection } from './write-section.js';

const layers = numberArgument('layers', 32);
const time = numberArgument('time', 512);
const check = numberArgument('check', 4);
const shape = 'mistral-7b';

/** Loss and gradients of one pass over 64 tokens, from an adapter whose B is not 0. */
const onePass = async (
  runtime: Runtime,
  weights: ReadonlyMap<string, FrozenWeight>,
  gradient_checkpointing: boolean,
): Promise<{ loss: number; gradients: Float32Array }> => {
  const config = shapeConfig(shape, check);
  const lora = await startLora({ id: shape, config, weights: new Map() }, { seed: 1, dropout: false });
  const parameters = new FlatParameters(lora.parameters);
  const values = parameters.pack(lora.initial).map((value, i) => value + 0.002 * Math.sin(i));
  const task = sftTask(config, { linear: lora.linear, packing: false, max_length: 64 });
  const setup = { runtime, weights, parameters, task: task as never, gradient_checkpointing };
  const { pass } = await compileForwardBackward(setup);
  const byPiece = (name: string, array: Float32Array) =>
    Object.fromEntries(parameters.split(array).map((piece, i) => [`${name}.${i}`, float32(piece)]));
  const ids = Array.from({ length: 64 }, (_, t) => (t * 104729) % config.vocab_size);
  const batch = [{ ids, lossMask: ids.map(() => true) }];
  const results = await pass.run({
    ...task.batch(batch, [batch], 1).microbatches[0]!,
    ...byPiece('parameters', values),
    ...byPiece('gradients_so_far', new Float32Array(parameters.size)),
  });
  await pass.dispose();
  const pieces = parameters.pieces.map((_, i) => results[`gradients.${i}`]!.data as Float32Array);
  return { loss: results.loss!.data[0]!, gradients: parameters.join(pieces) };
};

const lines: string[] = [];
const report = (line: string) => {
  console.log(line);
  lines.push(line);
};

const config = shapeConfig(shape, layers);
const quantized = await quantizedShape(shape, layers);
const runtime = await createOnnxRuntime();
const began = performance.now();
const programs = await compileTrainStep(
  runtime,
  { id: shape, config, weights: new Map() },
  { time, weights: quantized, gradient_checkpointing: true },
);
const compiled = (performance.now() - began) / 1000;
console.log(`compiled in ${compiled.toFixed(1)} s, ${(process.memoryUsage().rss / 1e9).toFixed(1)} GB`);
const started = performance.now();
const loss = await programs.step(1, 1);
const seconds = (performance.now() - started) / 1000;
const parameters = denseParameters(config);
// Forward, forward again, and the gradient of each layer's input.
const flops = 6 * parameters * time;
report(
  `${layers} layers of Mistral-7B's shape (${(parameters / 1e9).toFixed(2)} billion parameters in products), LoRA r 16, ` +
    `${time} tokens: ${seconds.toFixed(0)} s a step, ${(time / seconds).toFixed(1)} tokens/s, ` +
    `${(flops / seconds / 1e9).toFixed(0)} GFLOP/s with recomputed layers counted; ` +
    `${(process.resourceUsage().maxRSS / 1e6).toFixed(1)} GB at peak; loss ${loss.toFixed(3)}; ${compiled.toFixed(0)} s to compile.`,
);
await programs.dispose();
await runtime.dispose();
if (check > 0) {
  const engine = await createOnnxRuntime();
  const checkpointed = await onePass(engine, await quantizedShape(shape, check), true);
  const full = await onePass(engine, await dequantizedShape(shape, check), false);
  await engine.dispose();
  const norm = (data: ArrayLike<number>) =>
    Math.sqrt(Array.prototype.reduce.call(data, (n, x) => (n as number) + x * x, 0) as number);
  const expected = full.gradients;
  const difference = norm(expected.map((x, i) => x - checkpointed.gradients[i]!)) / norm(expected);
  report(
    `The first ${check} layers, in 4 bits with checkpointing against float32 without: loss ` +
      `${checkpointed.loss.toFixed(5)} and ${full.loss.toFixed(5)}, gradients differ by ` +
      `${difference.toExponential(1)} of their norm.`,
  );
}

if (argument('write', 'no') === 'yes') {
  await writeSection(
    'scale',
    [`\`pnpm bench scale\` on ${machine()}:`, '', ...lines.map(line => `- ${line}`)].join('\n'),
  );
}
