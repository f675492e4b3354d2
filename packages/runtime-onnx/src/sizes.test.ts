import { float32, Graph, int32, mul, type Runtime, zeros } from '@charter/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOnnxRuntime } from './create-onnx-runtime.js';

describe('a run', () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await createOnnxRuntime();
  });
  afterAll(() => runtime.dispose());

  const doubled = async () => {
    const graph = new Graph();
    const x = graph.input('x', 'float32', ['rows', 'time']);
    const y = graph.input('y', 'float32', ['rows', '2*time']);
    graph.output('x2', mul(x, 2));
    graph.output('y2', mul(y, 2));
    return runtime.compile(graph);
  };

  it('names the feed that is missing, unknown or does not fit, with both shapes', async () => {
    const program = await doubled();
    const [x, y] = [zeros([2, 3]), zeros([2, 6])];
    await expect(program.run({ x })).rejects.toThrow('Feed "y" is missing. The program\'s inputs are: x, y.');
    await expect(program.run({ x, y, z: x })).rejects.toThrow(
      'Feed "z" is unknown. The program\'s inputs are: x, y.',
    );
    await expect(program.run({ x, y: zeros([4, 6]) })).rejects.toThrow(
      'Feed "y" has shape [4, 6], but the program expects [rows, 2*time], where rows is 2 in "x".',
    );
    await expect(program.run({ x, y: zeros([2, 5]) })).rejects.toThrow(
      'Feed "y" has shape [2, 5], but the program expects [rows, 2*time], where 2*time is 6.',
    );
    await expect(program.run({ x: zeros([2]), y })).rejects.toThrow(
      'Feed "x" has shape [2], but the program expects [rows, time].',
    );
    await expect(program.run({ x: int32([1], [1, 1]), y })).rejects.toThrow(
      'Feed "x" is int32, but the program expects float32.',
    );
    expect((await program.run({ x, y })).y2!.shape).toEqual([2, 6]);
  });

  it('runs with nothing in a dimension', async () => {
    const program = await doubled();
    const { x2, y2 } = await program.run({ x: zeros([2, 0]), y: zeros([2, 0]) });
    expect([x2!.shape, y2!.shape, x2!.data.length]).toEqual([[2, 0], [2, 0], 0]);
  });

  it('names a destination that is unknown, does not fit or belongs to another runtime', async () => {
    const program = await doubled();
    const feeds = { x: zeros([2, 3]), y: zeros([2, 6]) };
    await expect(program.run(feeds, { z: zeros([1]) })).rejects.toThrow(
      'There is no output "z". The program\'s outputs are: x2, y2.',
    );
    await expect(program.run(feeds, { x2: zeros([3, 2]) })).rejects.toThrow(
      'Output "x2" is float32 [2, 3], but its destination float32 [3, 2].',
    );
    const other = await createOnnxRuntime();
    const foreign = await other.upload(zeros([2, 4]));
    const slice = { tensor: foreign, axis: 1, start: Int32Array.of(0, 0), count: Int32Array.of(3, 3) };
    await expect(program.run(feeds, { x2: slice })).rejects.toThrow(
      'Output "x2" goes into a slice of a tensor that lives in another runtime.',
    );
    await other.dispose();
  });

  it('names a slice that is too small', async () => {
    const program = await doubled();
    const tensor = await runtime.upload(zeros([2, 4]));
    const feeds = { x: float32([1, 2, 3, 4], [2, 2]), y: zeros([2, 4]) };
    const slice = (start: number[], count: number[], axis = 1) => ({
      x2: { tensor, axis, start: Int32Array.from(start), count: Int32Array.from(count) },
    });
    await expect(program.run(feeds, slice([0, 3], [1, 2]))).rejects.toThrow(
      'Output "x2", float32 [2, 2], does not fit into a slice of float32 [2, 4]: row 1 wants 2 entries from 3 on.',
    );
    await expect(program.run(feeds, slice([0], [1]))).rejects.toThrow(
      'start and count need one number for each of 2 rows',
    );
    await expect(program.run(feeds, slice([0, 0], [1, 1], 0))).rejects.toThrow('axis 0 is not one of 1 to 1');
    await program.run(feeds, slice([0, 3], [2, 1]));
    expect([...(await tensor.read()).data]).toEqual([2, 4, 0, 0, 0, 0, 0, 6]);
  });
});
