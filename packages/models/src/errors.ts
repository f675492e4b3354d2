import { CharterError } from '@charter/core';

/** A `config.json` that cannot be turned into a model: a field is missing, wrong, or asks for something unsupported. */
export class ModelConfigError extends CharterError {
  override readonly name = 'ModelConfigError';
  constructor(
    message: string,
    /** The file or folder that the configuration came from. */
    readonly where: string,
    /** Path of the field, such as `rope_parameters.rope_type`; empty when it is the whole file. */
    readonly field: string,
  ) {
    super(`${where}: ${message}`);
  }
}
