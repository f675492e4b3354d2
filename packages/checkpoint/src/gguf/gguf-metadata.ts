import { CheckpointError } from '../checkpoint-error.js';

/** The key-value pairs of a GGUF file, read by the type that is wanted. */
export class GgufMetadata {
  readonly #values: ReadonlyMap<string, unknown>;

  constructor(
    readonly file: string,
    entries: Iterable<readonly [key: string, value: unknown]>,
  ) {
    this.#values = new Map(entries);
  }

  keys(): string[] {
    return [...this.#values.keys()];
  }

  string(key: string): string | undefined {
    return this.#read(key, 'a text', value => (typeof value === 'string' ? value : undefined));
  }

  boolean(key: string): boolean | undefined {
    return this.#read(key, 'true or false', value => (typeof value === 'boolean' ? value : undefined));
  }

  /** A number; 64-bit integers beyond 2^53 are refused. */
  number(key: string): number | undefined {
    return this.#read(key, 'a number', toNumber);
  }

  strings(key: string): string[] | undefined {
    return this.#read(key, 'a list of texts', value =>
      Array.isArray(value) && value.every(item => typeof item === 'string') ? value : undefined,
    );
  }

  numbers(key: string): number[] | undefined {
    return this.#read(key, 'a list of numbers', value => {
      const numbers = Array.isArray(value) ? value.map(toNumber) : [undefined];
      return numbers.includes(undefined) ? undefined : (numbers as number[]);
    });
  }

  /**
   * A value that the file cannot do without.
   * @param read one of the readers above
   * @throws {CheckpointError} when it is missing
   */
  required<T>(read: (this: GgufMetadata, key: string) => T | undefined, key: string): T {
    const value = read.call(this, key);
    if (value === undefined) {
      throw new CheckpointError(this.file, `has no ${key} in its metadata, so the model is not complete.`);
    }
    return value;
  }

  #read<T>(key: string, kind: string, convert: (value: unknown) => T | undefined): T | undefined {
    const value = this.#values.get(key);
    if (value === undefined) return undefined;
    const converted = convert(value);
    if (converted === undefined)
      throw new CheckpointError(this.file, `${key} in its metadata is not ${kind}.`);
    return converted;
  }
}

const toNumber = (value: unknown): number | undefined => {
  if (typeof value === 'bigint') {
    return Number.isSafeInteger(Number(value)) ? Number(value) : undefined;
  }
  return typeof value === 'number' ? value : undefined;
};
