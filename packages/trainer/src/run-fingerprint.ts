import { createHash } from 'node:crypto';
import type { TrainRequest } from './train.js';
import type { TrainingOptions } from './training-options.js';
import { weightsIdentity } from './weights-identity.js';

/** How often things are logged, evaluated or saved may change between two starts; what is computed may not. */
const FREE: readonly (keyof TrainingOptions)[] = [
  'logging_steps',
  'eval_steps',
  'save_steps',
  'save_total_limit',
];

/**
 * A hash of everything that a run's result depends on: settings, model, data, and where the parameters start. A
 * checkpoint of one run never continues another.
 */
export const runFingerprint = async <Example>(
  request: Pick<
    TrainRequest<Example>,
    'options' | 'weights' | 'parameters' | 'initial' | 'task' | 'examples' | 'evalExamples' | 'identity'
  >,
): Promise<string> => {
  const { options, parameters, initial, task, examples, evalExamples = [], identity } = request;
  const settings = Object.fromEntries(
    Object.entries(options).filter(([name]) => !FREE.includes(name as keyof TrainingOptions)),
  );
  const hash = createHash('sha256');
  const weights = await weightsIdentity(request.weights);
  hash.update(JSON.stringify({ settings, weights, parameters, identity }));
  for (const { name } of parameters) hash.update(Float32Array.from(initial.get(name) ?? []));
  for (const part of [examples, evalExamples]) {
    hash.update(`${part.length} examples\n`);
    for (const example of part) hash.update(`${task.fingerprint(example)}\n`);
  }
  return hash.digest('hex');
};
