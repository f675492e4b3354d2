import { CharterError } from '@charter/core';

/** A model's file that is missing, damaged or of a kind that cannot be read. The message names file and tensor. */
export class CheckpointError extends CharterError {
  override readonly name: string = 'CheckpointError';
  readonly file: string;
  /** Name of the tensor that the trouble is about, where it is about one. */
  readonly tensor: string | undefined;

  /**
   * @param file where
   * @param problem what is wrong there, and what to do about it
   */
  constructor(file: string, problem: string, facts: { tensor?: string | undefined; cause?: unknown } = {}) {
    const { tensor, cause } = facts;
    // In a damaged file, a name may be as long as the file.
    const shown = tensor && tensor.length > 200 ? `${tensor.slice(0, 200)}…` : tensor;
    const where = tensor === undefined ? file : `${file}: tensor "${shown}"`;
    super(`${where}: ${problem}`, cause === undefined ? undefined : { cause });
    this.file = file;
    this.tensor = tensor;
  }
}
