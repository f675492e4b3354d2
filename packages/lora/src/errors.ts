import { CharterError } from '@charter/core';

/** An adapter or its configuration that cannot be used as it is. */
export class LoraError extends CharterError {
  override readonly name = 'LoraError';
  constructor(
    message: string,
    /** File or folder that it came from, such as `my-adapter/adapter_config.json`; empty for options. */
    readonly where: string,
    /** Fields, modules or tensors that are concerned, all of them. */
    readonly names: readonly string[],
  ) {
    super(where ? `${where}: ${message}` : message);
  }
}

/** A few of many names, for a message that must list them all but stay readable: one on each line. */
export const listed = (names: readonly string[]): string => names.map(name => `\n  ${name}`).join('');
