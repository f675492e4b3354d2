import { folderJournal } from './folder-journal.js';
import type { ParameterValues } from './run-journal.js';
import { type LoopRequest, type TrainResult, trainLoop } from './train-loop.js';

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
