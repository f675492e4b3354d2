const charterError = Symbol.for('charter.error');

/** gpu.js or the device refused: no such backend here, a kernel that does not compile, a tensor too large. */
export class GpuError extends Error {
  readonly [charterError] = true;
  override readonly name = 'GpuError';
}
