const charterError = Symbol.for('charter.error');

/** Training cannot start or go on; the message says what to change. Checkpoints that were written stay. */
export class TrainingError extends Error {
  readonly [charterError] = true;
  override readonly name = 'TrainingError';
}
