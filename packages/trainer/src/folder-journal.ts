import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { loadCheckpoint, saveCheckpoint } from './checkpoint-folder.js';
import { appendMetrics, readMetrics, truncateMetrics } from './metrics-log.js';
import { runFingerprint } from './run-fingerprint.js';
import type { RunJournal } from './run-journal.js';
import type { TrainRequest } from './train.js';

/**
 * Keeps a run in its folder `out`: `metrics.jsonl` and the checkpoints. A run goes on from the newest of them if it has
 * the settings, the model and the data that it began with.
 */
export const folderJournal = <Example>(request: TrainRequest<Example>): RunJournal => {
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
      // A crash may have logged steps that no checkpoint knows.
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
