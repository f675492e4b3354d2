import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { OutlierChannels } from '@charter/models';
import type { Runtime } from '@charter/tensor';
import {
  loadCheckpoint,
  loadParameters,
  newestState,
  removeLeftovers,
  saveCheckpoint,
} from './checkpoints/checkpoint-folder.js';
import { runFingerprint } from './checkpoints/run-fingerprint.js';
import { memoryJournal, type ParameterValues, type RunJournal } from './checkpoints/run-journal.js';
import { assertSameText, fromRankZero } from './collective/agreement.js';
import { type Collective, singleProcess } from './collective/collective.js';
import { type LoopRequest, type TrainResult, trainLoop } from './loop/train-loop.js';
import { appendMetrics, type MetricsEntry, restoreMetrics } from './metrics/metrics-log.js';

export interface TrainRequest<Example> extends LoopRequest<Example> {
  /** Folder of `metrics.jsonl` and the checkpoints; a run that was stopped resumes from the newest one. */
  readonly out: string;
  /** Settings of the method beyond `options`; they are part of the run's fingerprint. */
  readonly methodSettings?: unknown;
  /** Start of the run, as `runStart` gives it; default now. */
  readonly startedAt?: Date | undefined;
  /** Channels of `baseLayers`, kept for a resumed run; none in float32. */
  readonly outlier_channels?: OutlierChannels | undefined;
  /** Writes the parameters in their own format into a checkpoint. */
  save(folder: string, parameters: ParameterValues): Promise<void>;
}

/**
 * {@link trainLoop} with its metrics and checkpoints in a folder. With more epochs or steps than before, a run in its
 * folder goes on with the state of its optimizer.
 *
 * @throws {TrainingError} when loss, gradient or parameters are not finite, when there are no examples, or when the
 * folder holds a run with other settings or a damaged checkpoint
 */
export const train = <Example>(request: TrainRequest<Example>): Promise<TrainResult> =>
  trainLoop(
    request,
    (request.collective?.rank ?? 0) === 0 ? folderJournal(request) : followingJournal(request),
  );

/** Facts that a run began with and keeps when it is resumed. */
export interface RunStart {
  /** For chat templates that write the date, so that a run resumed on another day has the same rows. */
  readonly startedAt: Date;
  /** Channels of `baseLayers`; undefined for a new run, and in float32. */
  readonly outlier_channels: OutlierChannels | undefined;
}

/**
 * Start of the run in a folder; for a new run it is now. Of several processes, rank 0 reads it.
 *
 * @throws {TrainingError} when its newest checkpoint is damaged
 */
export const runStart = async (out: string, collective: Collective = singleProcess): Promise<RunStart> => {
  const newest = collective.rank === 0 ? await newestState(out) : undefined;
  const start = newest?.state.started_at ?? new Date().toISOString();
  return {
    startedAt: new Date(await fromRankZero(collective, start)),
    outlier_channels: newest?.state.outlier_channels,
  };
};

const engineOf = ({ name, threads }: Runtime): string =>
  threads === undefined ? name : `${name} with ${threads} ${threads === 1 ? 'thread' : 'threads'}`;

/**
 * Journal of a run in its folder `out`: `metrics.jsonl` and the checkpoints. A run resumes from the newest of them if
 * its settings, model and data are unchanged.
 */
const folderJournal = <Example>(request: TrainRequest<Example>): RunJournal => {
  const { out, options, save, startedAt = new Date(), outlier_channels } = request;
  const metricsFile = join(out, 'metrics.jsonl');
  const engine = engineOf(request.runtime);
  // Computed once, when the run begins.
  let fingerprint = '';
  let started_at = startedAt.toISOString();
  const entries: MetricsEntry[] = [];
  return {
    name: out,
    async resume() {
      fingerprint = await sameFingerprint(request);
      await mkdir(out, { recursive: true });
      const found = await loadCheckpoint(out, fingerprint);
      await removeLeftovers(out, options.save_total_limit, found?.state.best_global_step);
      if (found) {
        started_at = found.state.started_at;
        entries.push(...found.state.log_history);
        if (found.state.engine !== engine) {
          const message =
            `This run began on ${found.state.engine} and resumes on ${engine}: its last digits may differ from those of ` +
            'a run without the change.';
          request.onWarning?.({ step: found.state.global_step, monitor: 'engine', message });
        }
      }
      // A crash may have logged steps after the newest checkpoint, or lost some before it.
      await restoreMetrics(metricsFile, entries);
      return found;
    },
    entries: () => entries,
    async log(entry) {
      entries.push(entry);
      await appendMetrics(metricsFile, entry);
    },
    async checkpoint(state, read) {
      const { arrays, parameters } = await read();
      await saveCheckpoint(out, {
        state: { ...state, fingerprint, log_history: entries, started_at, engine, outlier_channels },
        arrays,
        keep: options.save_total_limit,
        extra: folder => save(folder, parameters),
      });
    },
    parametersAt: step => loadParameters(out, step),
  };
};

/** Journal of the processes that do not write. */
const followingJournal = <Example>(request: TrainRequest<Example>): RunJournal => ({
  ...memoryJournal(),
  name: request.out,
  async resume() {
    await sameFingerprint(request);
    return undefined;
  },
});

/** Fingerprint of the run, equal in all processes. @throws {TrainingError} when it is not */
const sameFingerprint = async <Example>(request: TrainRequest<Example>): Promise<string> => {
  const fingerprint = await runFingerprint(request);
  await assertSameText(
    request.collective ?? singleProcess,
    fingerprint,
    ranks =>
      `The settings, the model or the data of ${ranks} are not those of rank 0. Start every process with the same ` +
      'command, and give each machine the same files.',
  );
  return fingerprint;
};
