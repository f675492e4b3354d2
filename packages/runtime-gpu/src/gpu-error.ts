import { CharterError } from '@charter/core';

/** gpu.js or the device refused: no such backend here, a kernel that does not compile, a tensor too large. */
export class GpuError extends CharterError {
  override readonly name = 'GpuError';
}
