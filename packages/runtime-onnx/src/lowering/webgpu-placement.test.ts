import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  float32,
  Graph,
  gather,
  gradients,
  int32,
  lessEqual,
  logSoftmax,
  matmul,
  mean,
  mul,
  neg,
  or,
  rmsNorm,
  silu,
  softmax,
  swapLast,
  takeAlongLastAxis,
  where,
} from '@charter/tensor';
import { describe, expect, it } from 'vitest';
import { withoutDriver } from '../../../../tests/webgpu-driver.js';
import { createOnnxRuntime } from '../create-onnx-runtime.js';

/** Operations that may run on the CPU: the arithmetic of shapes, which is needed before the GPU can start. */
const ofShapes = new Set(['Cast', 'Concat', 'Mul', 'Range', 'Reshape', 'Shape', 'Squeeze']);

describe.skipIf(withoutDriver)(`WebGPU in Node${withoutDriver ? `: ${withoutDriver}` : ''}`, () => {
  it('runs every operator of a training step', { timeout: 120_000 }, async () => {
    const graph = new Graph();
    const ids = graph.input('ids', 'int32', ['rows', 'time']);
    const table = graph.input('table', 'float32', [11, 8]);
    const scale = graph.input('scale', 'float32', [8]);
    const position = graph.input('position', 'int32', ['time', 1]);
    const x = rmsNorm(gather(table, ids), scale, { eps: 1e-5 }); // [rows, time, 8]
    const mask = or(lessEqual(position, swapLast(position)), lessEqual(position, position));
    const scores = where(mask, mul(matmul(x, swapLast(x)), 0.3), -1e9); // [rows, time, time]
    const y = silu(matmul(softmax(scores), x));
    const logps = takeAlongLastAxis(logSoftmax(matmul(y, swapLast(table))), ids); // [rows, time]
    const loss = graph.output('loss', neg(mean(logps, { axes: [0, 1] })));
    for (const [i, gradient] of gradients(loss, [table, scale]).entries())
      graph.output(`gradient ${i}`, gradient!);

    const folder = mkdtempSync(join(tmpdir(), 'charter-placement-'));
    const runtime = await createOnnxRuntime({ device: 'webgpu', profile: join(folder, 'trace') });
    const program = await runtime.compile(graph);
    await program.run({
      ids: int32([1, 5, 3, 10, 0, 2], [2, 3]),
      table: float32(
        Array.from({ length: 88 }, (_, i) => Math.sin(i)),
        [11, 8],
      ),
      scale: float32([1, 2, 1, 2, 1, 2, 1, 2]),
      position: int32([0, 1, 2], [3, 1]),
    });
    await runtime.dispose();

    const ran = readdirSync(folder).flatMap(file => {
      const events = JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
        args?: { provider?: string; op_name?: string };
      }[];
      return events.flatMap(({ args }) =>
        args?.provider ? [{ where: args.provider, what: args.op_name! }] : [],
      );
    });
    const card = ran.filter(({ where }) => where === 'WebGpuExecutionProvider').map(({ what }) => what);
    const elsewhere = ran
      .filter(({ where, what }) => where !== 'WebGpuExecutionProvider' && !ofShapes.has(what))
      .map(({ what }) => what);
    expect(elsewhere).toEqual([]);
    for (const operator of ['MatMul', 'Softmax', 'Log', 'And', 'ScatterElements'])
      expect(card).toContain(operator);
  });
});
