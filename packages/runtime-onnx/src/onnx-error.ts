import { CharterError } from '@charter/core';

/** Error of ONNX Runtime: a program or a run was refused, a device does not work, or the worker ended. */
export class OnnxError extends CharterError {
  override readonly name = 'OnnxError';
}
