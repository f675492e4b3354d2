import type { Runtime } from '../runtime.js';
import { conformanceCases } from './conformance-cases.js';

export interface Conformance {
  /** Operations that the engine does not run, each with the reason. */
  readonly exceptions?: Readonly<Record<string, string>> | undefined;
  /** Largest difference allowed, relative to the largest value of an output; default 2e-6. */
  readonly tolerance?: number | undefined;
}

export interface ConformanceRow {
  readonly name: string;
  readonly result: 'kept' | 'broken' | 'skipped';
  /** Largest relative difference from a float64 evaluation, where values were compared. */
  readonly worst?: number | undefined;
  /** Why it is broken or skipped. */
  readonly reason?: string | undefined;
}

export const DEFAULT_TOLERANCE = 2e-6;

/**
 * Tries everything that an engine promises, and goes on after a failure: what somebody who writes an engine looks at.
 * Needs no test framework and no Node, so it runs in a browser as well.
 *
 * @param create the engine; disposed at the end
 */
export const conformanceTable = async (
  create: () => Promise<Runtime>,
  { exceptions = {}, tolerance = DEFAULT_TOLERANCE }: Conformance = {},
): Promise<ConformanceRow[]> => {
  const runtime = await create();
  const rows: ConformanceRow[] = [];
  for (const { name, operation, run } of conformanceCases()) {
    const exception = operation === undefined ? undefined : exceptions[operation];
    if (exception !== undefined) {
      rows.push({ name, result: 'skipped', reason: exception });
      continue;
    }
    try {
      rows.push({ name, result: 'kept', worst: (await run(runtime, tolerance)) ?? undefined });
    } catch (error) {
      rows.push({ name, result: 'broken', reason: (error as Error).message });
    }
  }
  await runtime.dispose();
  return rows;
};

/** The rows as aligned text, with a line of totals at the end. */
export const formatConformance = (rows: readonly ConformanceRow[]): string => {
  const width = Math.max(...rows.map(({ name }) => name.length));
  const lines = rows.map(({ name, result, worst, reason }) => {
    const detail = reason?.split('\n')[0] ?? worst?.toExponential(1) ?? '';
    return `${name.padEnd(width)}  ${result.padEnd(7)}  ${detail}`.trimEnd();
  });
  const count = (wanted: ConformanceRow['result']) => rows.filter(({ result }) => result === wanted).length;
  return [...lines, `${count('kept')} kept, ${count('broken')} broken, ${count('skipped')} skipped`].join(
    '\n',
  );
};
