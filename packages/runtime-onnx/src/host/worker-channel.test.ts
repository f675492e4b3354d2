import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { add, float32, Graph, matmul, mul, type Runtime, zeros } from '@charter/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOnnxRuntime } from '../create-onnx-runtime.js';
import { WorkerChannel } from './worker-channel.js';

/** Takes a twentieth of a second or more. */
const slowGraph = (): Graph => {
  const graph = new Graph();
  const x = graph.input('x', 'float32', [400, 400]);
  let y = x;
  for (let i = 0; i < 60; i++) y = mul(matmul(y, x), 0.5);
  graph.output('y', y);
  return graph;
};

describe('the worker thread', () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await createOnnxRuntime();
  });
  afterAll(() => runtime.dispose());

  it('leaves the event loop alive during a run', async () => {
    const program = await runtime.compile(slowGraph());
    const started = performance.now();
    let ticks = 0;
    const timer = setInterval(() => ticks++, 2);
    await program.run({ x: zeros([400, 400]) });
    clearInterval(timer);
    const elapsed = performance.now() - started;
    expect(elapsed).toBeGreaterThan(25);
    expect(ticks).toBeGreaterThan(5);
  });

  it('takes feeds as they are when run is called, and leaves them to the caller', async () => {
    const graph = new Graph();
    graph.output('y', add(graph.input('x', 'float32', ['n']), 1));
    const program = await runtime.compile(graph);
    const whole = Float32Array.of(9, 1, 2, 9);
    const part = float32(whole.subarray(1, 3));
    const run = program.run({ x: part });
    whole.fill(0);
    expect([...(await run).y!.data]).toEqual([2, 3]);
    expect([...whole]).toEqual([0, 0, 0, 0]);
  });

  it('keeps the order of calls that are made at once', async () => {
    const graph = new Graph();
    graph.output('x', add(graph.input('x', 'float32', [1]), 1));
    const program = await runtime.compile(graph);
    const state = await runtime.upload(float32([0]));
    const runs = Array.from({ length: 20 }, () => program.run({ x: state }, { x: state }));
    const during = state.read();
    await Promise.all([...runs, state.write(float32([100]))]);
    expect((await during).data[0]).toBe(20);
    expect((await state.read()).data[0]).toBe(100);
  });

  it('says what ONNX Runtime says when it refuses, and goes on', async () => {
    const channel = new WorkerChannel();
    const model = {
      model: Uint8Array.of(1, 2, 3),
      outputs: new Map(),
      folder: undefined,
      inMemory: [],
      weightBytes: 0,
      optimization: 'all' as const,
    };
    await expect(
      channel.call('compile', [model, { threads: 1, prepack: true, arena: true, profile: undefined }]),
    ).rejects.toThrow(/onnx-cpu: .*model/i);
    await expect(channel.call('read', [7])).rejects.toThrow('A device tensor is used after it was disposed.');
    await channel.close();
    await channel.close();
    await expect(channel.call('read', [7])).rejects.toThrow('This runtime was disposed.');
  });

  it('rejects what is pending when it dies, and what comes after', async () => {
    const dying = "require('node:worker_threads').parentPort.once('message', () => process.exit(7))";
    const channel = new WorkerChannel('cpu', () => new Worker(dying, { eval: true }));
    const reason = 'The thread of onnx-cpu ended with exit code 7.';
    const pending = [channel.call('read', [1]), channel.call('read', [2])];
    for (const call of pending) await expect(call).rejects.toThrow(reason);
    await expect(channel.call('read', [3])).rejects.toThrow(reason);
    await channel.close();
  });
});

describe('a process with a runtime', () => {
  const source = fileURLToPath(new URL('../create-onnx-runtime.ts', import.meta.url));
  const node = (script: string) =>
    spawnSync(
      process.execPath,
      ['--conditions=@charter/source', '--import', 'tsx', '--input-type=module', '--eval', script],
      { encoding: 'utf8', cwd: fileURLToPath(new URL('../..', import.meta.url)) },
    );
  const setup = `
    import { createOnnxRuntime } from ${JSON.stringify(source)};
    import { Graph, matmul, zeros } from '@charter/tensor';
    const graph = new Graph();
    let y = graph.input('x', 'float32', [400, 400]);
    for (let i = 0; i < 60; i++) y = matmul(y, y);
    graph.output('y', y);
    const runtime = await createOnnxRuntime();
    const program = await runtime.compile(graph);
  `;

  it('ends by itself although nobody disposed of the runtime, after the run that is under way', () => {
    const { status, stdout, stderr } = node(
      `${setup} program.run({ x: zeros([400, 400]) }).then(() => console.log('done'));`,
    );
    expect(stderr).toBe('');
    expect(stdout).toBe('done\n');
    expect(status).toBe(0);
  });

  it('may exit during a run', () => {
    const { status, stderr } = node(
      `${setup} program.run({ x: zeros([400, 400]) }); setTimeout(() => process.exit(3), 20);`,
    );
    expect(stderr).toBe('');
    expect(status).toBe(3);
  });
});
