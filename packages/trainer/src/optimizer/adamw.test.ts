import { createOnnxRuntime } from '@charter/runtime-onnx';
import { float32, type Runtime, scalar } from '@charter/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adamwScalars, compileAdamW, compileGradNorm } from './adamw.js';
import golden from './golden/adamw.json' with { type: 'json' };

describe('AdamW', () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await createOnnxRuntime();
  });
  afterAll(() => runtime.dispose());

  for (const [name, { options, start, steps }] of Object.entries(golden.cases)) {
    it(`updates parameters as torch does, after clipping: ${name}`, async () => {
      const program = await compileAdamW(runtime, options);
      const norm = await compileGradNorm(runtime, [1, start.length - 1]);
      const state = {
        parameters: float32(start),
        exp_avg: float32(new Float32Array(start.length)),
        exp_avg_sq: float32(new Float32Array(start.length)),
      };
      for (const [i, { learning_rate, gradients, grad_norm, ...expected }] of steps.entries()) {
        const found = await norm.run({
          'gradients.0': float32(gradients.slice(0, 1)),
          'gradients.1': float32(gradients.slice(1)),
        });
        expect(found.grad_norm!.data[0]! / grad_norm, `norm before clipping, step ${i + 1}`).toBeCloseTo(
          1,
          6,
        );
        const at = { learning_rate, step: i + 1, grad_norm: found.grad_norm!.data[0]! };
        const scalars = Object.entries(adamwScalars(at, options));
        const next = await program.run({
          ...state,
          gradients: float32(gradients),
          ...Object.fromEntries(scalars.map(([key, value]) => [key, scalar(value)])),
        });
        for (const part of ['parameters', 'exp_avg', 'exp_avg_sq'] as const) {
          const data = next[`next_${part}`]!.data as Float32Array;
          expected[part].forEach((value, j) => {
            expect(data[j], `${part}[${j}], step ${i + 1}`).toBeCloseTo(value, 6);
          });
          state[part] = float32(data);
        }
      }
      await program.dispose();
      await norm.dispose();
    });
  }

  it('compares with steps that are clipped and steps that are not', () => {
    const { steps } = golden.cases.defaults;
    expect(steps.some(step => step.grad_norm > 1)).toBe(true);
    expect(steps.some(step => step.grad_norm < 1)).toBe(true);
  });
});
