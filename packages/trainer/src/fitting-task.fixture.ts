import {
  div,
  dropout,
  float32,
  linear,
  mul,
  type StoredTensor,
  scalar,
  sub,
  sum,
  tanh,
} from '@charter/tensor';
import { dropoutSeed } from './loop/train-programs.js';
import type { TrainingTask } from './loop/training-task.js';

/** A point to fit. */
export interface Point {
  readonly x: readonly [number, number];
  readonly y: number;
}

/** Squared error of `out · dropout(tanh(hidden x))`, where `hidden` is trained and `out` is frozen. */
export const fit: TrainingTask<Point> = {
  build(graph, mode) {
    const x = graph.input('x', 'float32', ['n', 2]);
    const y = graph.input('y', 'float32', ['n', 1]);
    const count = graph.input('count', 'float32', []);
    const hidden = tanh(linear(x, graph.weight('hidden', [3, 2]), graph.weight('bias', [3]))); // [n, 3]
    const kept =
      mode === 'train'
        ? dropout(hidden, graph.input(dropoutSeed, 'int32', []), { p: 0.25, salt: 1 })
        : hidden;
    const error = sub(linear(kept, graph.weight('out', [1, 3])), y);
    return {
      loss: div(sum(mul(error, error), { axes: [0, 1] }), count),
      outputs: { error: sum(error, { axes: [0, 1] }) },
    };
  },
  batch: (points, stepBatches) => ({
    microbatches: [
      {
        x: float32(
          points.flatMap(({ x }) => [...x]),
          [points.length, 2],
        ),
        y: float32(
          points.map(({ y }) => y),
          [points.length, 1],
        ),
        count: scalar(stepBatches.flat().length),
      },
    ],
    tokens: points.length,
    metrics: ({ error }) => ({ error: error!.data[0]! / points.length }),
  }),
  fingerprint: point => JSON.stringify(point),
};

export const points = Array.from(
  { length: 11 },
  (_, i): Point => ({ x: [Math.sin(i), i / 11], y: Math.cos(i) }),
);
export const frozen = new Map<string, StoredTensor>([
  ['out', { dtype: 'float32', shape: [1, 3], data: new Uint8Array(Float32Array.of(1, -2, 0.5).buffer) }],
]);
