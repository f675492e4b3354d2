import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { loadCheckpoint, saveCheckpoint } from './checkpoints/checkpoint-folder.js';
import { runFingerprint } from './checkpoints/run-fingerprint.js';
import type { ParameterValues, RunJournal } from './checkpoints/run-journal.js';
import { type LoopRequest, type TrainResult, trainLoop } from './loop/train-loop.js';
import { appendMetrics, readMetrics, truncateMetrics } from './metrics/metrics-log.js';

export interface TrainRequest<Example> extends LoopRequest<Example> {
  /** Folder of `metrics.jsonl` and the checkpoints; a run that was stopped goes on from the newest one. */
  readonly out: string;
  /** Settings of the method beyond `options`; they are part of the run's fingerprint. */
  readonly methodSettings?: unknown;
  /** Writes the parameters in their own format into a checkpoint. */
  save(folder: string, parameters: ParameterValues): Promise<void>;
}

/**
 * {@link trainLoop} with its metrics and checkpoints in a folder.
 *
 * @throws {TrainingError} when loss or gradient is not finite, when there are no examples, or when the folder holds
 * a run with other settings
 */
export const train = <Example>(request: TrainRequest<Example>): Promise<TrainResult> =>
  trainLoop(request, folderJournal(request));

/**
 * Journal of a run in its folder `out`: `metrics.jsonl` and the checkpoints. A run resumes from the newest of them if
 * its settings, model and data are unchanged.
 */
const folderJournal = <Example>(request: TrainRequest<Example>): RunJournal => {
  const { out, options, save } = request;
  const metricsFile = join(out, 'metrics.jsonl');
  // Computed once, when the run begins.
  let fingerprint = '';
  return {
    name: out,
    async resume() {
      fingerprint = await runFingerprint(request);
      await mkdir(out, { recursive: true });
      const found = await loadCheckpoint(out, fingerprint);
      // A crash may have logged steps after the newest checkpoint.
      await truncateMetrics(metricsFile, found?.state.global_step ?? 0);
      return found;
    },
    entries: () => readMetrics(metricsFile),
    log: entry => appendMetrics(metricsFile, entry),
    async checkpoint(state, read) {
      const { arrays, parameters } = await read();
      await saveCheckpoint(out, {
        state: { ...state, fingerprint },
        arrays,
        keep: options.save_total_limit,
        extra: folder => save(folder, parameters),
      });
    },
  };
};
