import { memoryJournal } from './run-journal.js';
import { type LoopRequest, type TrainResult, trainLoop } from './train-loop.js';

/**
 * {@link trainLoop} without a folder, as in a browser: metrics come by `onProgress`, parameters by the result, and a run
 * that is stopped does not go on.
 *
 * @throws {TrainingError} when loss or gradient is not finite, or when there are no examples
 */
export const trainInMemory = <Example>(request: LoopRequest<Example>): Promise<TrainResult> =>
  trainLoop(request, memoryJournal());
