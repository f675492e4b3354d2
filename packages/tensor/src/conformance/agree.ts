import type { Graph } from '../graph.js';
import type { Runtime } from '../runtime.js';
import type { Tensor } from '../tensor.js';
import { evaluate, toArray64 } from '../testing/reference.js';

/** An engine gave something else than it must. */
export class ConformanceError extends Error {
  override readonly name = 'ConformanceError';
}

/** @throws {ConformanceError} with the message when the condition does not hold */
export const check = (condition: boolean, message: string): void => {
  if (!condition) throw new ConformanceError(message);
};

/** Compares numbers and lists exactly. */
export const checkEqual = (actual: ArrayLike<unknown>, expected: ArrayLike<unknown>, what: string): void => {
  const [a, b] = [Array.from(actual), Array.from(expected)];
  const equal = a.length === b.length && a.every((x, i) => Object.is(x, b[i]));
  check(equal, `${what}: expected [${b.slice(0, 24).join(', ')}], got [${a.slice(0, 24).join(', ')}]`);
};

/** @throws {ConformanceError} when the promise is kept, or broken with another message */
export const checkRejects = async (promise: Promise<unknown>, message: RegExp): Promise<void> => {
  let error: unknown;
  try {
    await promise;
  } catch (thrown) {
    error = thrown;
  }
  check(error !== undefined, `must be refused with ${message}`);
  check(message.test((error as Error).message), `must be refused with ${message}, not: ${error}`);
};

/**
 * Runs a graph on an engine and compares every output with its float64 evaluation.
 *
 * @returns the largest difference, relative to the largest value of its output
 * @throws {ConformanceError} when a shape differs, or a value by more than the tolerance
 */
export const agree = async (
  runtime: Runtime,
  graph: Graph,
  runs: readonly Readonly<Record<string, Tensor>>[],
  tolerance: number,
): Promise<number> => {
  const program = await runtime.compile(graph);
  let largest = 0;
  for (const feeds of runs) {
    const expected = evaluate(
      graph,
      Object.fromEntries(Object.entries(feeds).map(([key, tensor]) => [key, toArray64(tensor)])),
    );
    const actual = await program.run(feeds);
    for (const [key, { data, shape }] of Object.entries(expected)) {
      checkEqual(actual[key]!.shape, shape, `shape of ${key}`);
      const scale = data.reduce((top, x) => Math.max(top, Math.abs(x)), 1e-3);
      const worst = data.reduce((w, x, i) => Math.max(w, Math.abs(x - actual[key]!.data[i]!) / scale), 0);
      // Also false for NaN.
      check(worst < tolerance, `${key}: worst relative difference ${worst}, allowed ${tolerance}`);
      largest = Math.max(largest, worst);
    }
  }
  await program.dispose();
  return largest;
};
