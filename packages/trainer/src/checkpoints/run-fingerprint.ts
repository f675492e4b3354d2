import { createHash } from 'node:crypto';
import type { LoopRequest } from '../loop/train-loop.js';
import type { TrainingOptions } from '../training-options.js';
import { weightsFingerprint } from './weights-fingerprint.js';

/** Options that may change when a run is resumed: they decide what is logged, evaluated and saved, not what is computed. */
const NOT_FINGERPRINTED: readonly (keyof TrainingOptions)[] = [
  // More of them continue a run; the loop refuses fewer.
  'num_train_epochs',
  'max_steps',
  'logging_steps',
  'eval_steps',
  'save_steps',
  'save_total_limit',
];

interface FingerprintedRequest<Example>
  extends Pick<
    LoopRequest<Example>,
    'options' | 'weights' | 'parameters' | 'initial' | 'task' | 'examples' | 'evalExamples'
  > {
  readonly methodSettings?: unknown;
}

/**
 * Hash of everything that a run's result depends on: settings, model, data, and initial parameters. A checkpoint of one
 * run never continues another.
 */
export const runFingerprint = async <Example>(request: FingerprintedRequest<Example>): Promise<string> => {
  const { options, parameters, initial, task, examples, evalExamples = [], methodSettings } = request;
  const settings = Object.fromEntries(
    Object.entries(options).filter(([name]) => !NOT_FINGERPRINTED.includes(name as keyof TrainingOptions)),
  );
  const hash = createHash('sha256');
  const weights = await weightsFingerprint(request.weights);
  hash.update(JSON.stringify({ settings, weights, parameters, methodSettings }));
  for (const { name } of parameters) hash.update(Float32Array.from(initial.get(name) ?? []));
  for (const split of [examples, evalExamples]) {
    hash.update(`${split.length} examples\n`);
    for (const example of split) hash.update(`${task.fingerprint(example)}\n`);
  }
  return hash.digest('hex');
};
