const charterError = Symbol.for('charter.error');

/** Error of ONNX Runtime: a program or a run was refused, a device does not work, or the worker ended. */
export class OnnxError extends Error {
  readonly [charterError] = true;
  override readonly name = 'OnnxError';
}
