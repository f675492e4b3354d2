import { gradients } from '../gradient.js';
import { ops } from '../op.js';
import { sampleProgram } from '../testing/samples.js';
import { agree } from './agree.js';
import type { ConformanceCase } from './conformance-case.js';

/** Each operation and its gradient on each of its samples. */
export const operationCases = (): ConformanceCase[] =>
  [...ops.values()].flatMap(spec =>
    spec.samples.map((sample, i) => ({
      name: `${spec.name} and its gradient, sample ${i}`,
      operation: spec.name,
      run(runtime, tolerance) {
        const { graph, inputs, output, loss, feeds } = sampleProgram(spec, sample);
        graph.output('y', output);
        if (loss && spec.gradient !== 'none') {
          for (const [j, g] of gradients(loss, inputs).entries()) {
            if (g && inputs[j]!.dtype === 'float32') graph.output(`g${j}`, g);
          }
        }
        return agree(runtime, graph, [feeds], tolerance);
      },
    })),
  );
