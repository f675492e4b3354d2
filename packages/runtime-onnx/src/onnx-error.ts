const charterError = Symbol.for('charter.error');

/** ONNX Runtime refused a program or a run, or its worker ended. */
export class OnnxError extends Error {
  readonly [charterError] = true;
  override readonly name = 'OnnxError';
}
