import type { Value } from './values.js';

/** Variables by name; a name that is not here is looked for outside. */
export class Scope {
  readonly #names = new Map<string, Value>();
  constructor(readonly outer?: Scope) {}

  get(name: string): Value | undefined {
    const value = this.#names.get(name);
    return value === undefined ? this.outer?.get(name) : value;
  }
  set(name: string, value: Value): void {
    this.#names.set(name, value);
  }
}
