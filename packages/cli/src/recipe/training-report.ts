import { join } from 'node:path';
import { readMetrics } from '@charter/trainer';
import { hashFiles } from '../command-line/run-record.js';
import type { StageOutcome } from './run-stage.js';
import type { StageReport } from './stage.js';

/** Curves of a training stage, also while it is going on; with its outcome also tokens and the adapter's hash. */
export const trainingReport = async (
  id: string,
  folder: string | undefined,
  outcome: StageOutcome<{ adapter: string; tokens: number }> | undefined,
): Promise<StageReport> => {
  const trained = outcome?.folder ?? folder;
  return {
    curves: { [id]: trained === undefined ? [] : await readMetrics(join(trained, 'metrics.jsonl')) },
    ...(outcome && {
      tokens: outcome.result.tokens,
      hashes: await hashFiles([join(outcome.folder, 'adapter_model.safetensors')]),
    }),
  };
};
