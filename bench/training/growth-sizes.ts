import type { ShapeName } from './model-shapes.js';

/** LoRA step of a model of this shape on `rows` examples of `time` tokens. */
export interface GrowthSize {
  readonly model: ShapeName;
  readonly rows: number;
  readonly time: number;
  /** Linear layers quantized to 4 bits. */
  readonly quantized?: boolean;
  readonly gradient_checkpointing?: boolean;
}

/** One line of the plot: sizes that differ in one number. */
export interface GrowthSeries {
  readonly title: string;
  readonly sizes: readonly GrowthSize[];
}

const LENGTHS = [128, 256, 512, 1024, 2048, 4096];

export const growthSeries = {
  length: {
    title: '135M, 1 text of 128 … 4096 tokens',
    sizes: LENGTHS.map(time => ({ model: '135M', rows: 1, time })),
  },
  checkpointing: {
    title: 'the same with gradient checkpointing',
    sizes: LENGTHS.map(time => ({ model: '135M', rows: 1, time, gradient_checkpointing: true })),
  },
  batch: {
    title: '135M, 1 … 16 texts of 128 tokens',
    sizes: [1, 2, 4, 8, 16].map(rows => ({ model: '135M', rows, time: 128 })),
  },
  model: {
    title: '135M, 360M and 1.7B, 1 text of 512 tokens',
    sizes: (['135M', '360M', '1.7B'] as const).map(model => ({ model, rows: 1, time: 512 })),
  },
  quantized: {
    title: 'the same in 4 bits with gradient checkpointing',
    sizes: (['135M', '360M', '1.7B'] as const).map(model => ({
      model,
      rows: 1,
      time: 512,
      quantized: true,
      gradient_checkpointing: true,
    })),
  },
} as const satisfies Record<string, GrowthSeries>;
