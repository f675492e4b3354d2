import { afterAll, beforeAll, describe, it } from 'vitest';
import { conformanceCases } from '../conformance/conformance-cases.js';
import { type Conformance, DEFAULT_TOLERANCE } from '../conformance/conformance-table.js';
import type { Runtime } from '../runtime.js';

/**
 * The suite that every engine runs (inside vitest): each operation and its gradient on all samples, and programs of odd
 * and symbolic sizes, against a float64 evaluation; and the promises of `Program` and `DeviceTensor`. The same cases
 * without vitest are `conformanceTable`.
 */
export const describeRuntime = (
  name: string,
  create: () => Promise<Runtime>,
  { exceptions = {}, tolerance = DEFAULT_TOLERANCE }: Conformance = {},
): void => {
  describe(`${name} keeps the promises of a runtime`, () => {
    let runtime: Runtime;
    beforeAll(async () => {
      runtime = await create();
    });
    afterAll(() => runtime?.dispose());

    for (const { name: title, operation, run } of conformanceCases()) {
      const reason = operation === undefined ? undefined : exceptions[operation];
      it.skipIf(reason)(reason ? `${title}: ${reason}` : title, async () => {
        await run(runtime, tolerance);
      });
    }
  });
};
