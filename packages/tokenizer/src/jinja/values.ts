import { TemplateRuntimeError, typeError, UndefinedError } from './template-errors.js';

/**
 * A value of Python inside a template: `null` is None, a bigint an int, a number a float, an array a list. The other
 * types of Python are the classes below.
 */
export type Value = null | boolean | bigint | number | string | Value[] | TemplateObject;

/** Arguments of a call. */
export interface Arguments {
  positional: readonly Value[];
  named: ReadonlyMap<string, Value>;
}

/** The rendering under way, as filters, methods and macros see it. */
export interface Rendering {
  /** Counts steps. @throws {TemplateRuntimeError} when the budget is used up */
  spend(steps: number): void;
  filter(name: string, value: Value, args: Arguments): Value;
  test(name: string, value: Value, args: Arguments): boolean;
}

/** Every value that is neither a scalar nor a list. */
export abstract class TemplateObject {
  /** The class's name in Python. */
  abstract readonly typeName: string;
}

export class Tuple extends TemplateObject {
  readonly typeName = 'tuple';
  /** @param fields names of items, in their order, of a named tuple */
  constructor(
    readonly items: readonly Value[],
    readonly fields: readonly string[] = [],
  ) {
    super();
  }
}

/** A dict: entries in the order of their first insertion. */
export class Dict extends TemplateObject {
  readonly typeName = 'dict';
  readonly entries = new Map<unknown, [key: Value, value: Value]>();

  static of(pairs: Iterable<readonly [Value, Value]>): Dict {
    const dict = new Dict();
    for (const [key, value] of pairs) dict.set(key, value);
    return dict;
  }
  get(key: Value): Value | undefined {
    return this.entries.get(hashKey(key))?.[1];
  }
  has(key: Value): boolean {
    return this.entries.has(hashKey(key));
  }
  set(key: Value, value: Value): void {
    const hash = hashKey(key);
    const entry = this.entries.get(hash);
    if (entry) entry[1] = value;
    else this.entries.set(hash, [key, value]);
  }
  *keys(): Generator<Value> {
    for (const [key] of this.entries.values()) yield key;
  }
  *values(): Generator<Value> {
    for (const [, value] of this.entries.values()) yield value;
  }
}

/** One JavaScript value for all Python values that are equal as keys: `1`, `1.0` and `True` are one key. */
export const hashKey = (key: Value): unknown => {
  if (typeof key === 'boolean') return key ? 1n : 0n;
  if (typeof key === 'number') return Number.isInteger(key) ? BigInt(key) : key;
  if (key instanceof Markup) return key.text;
  // A list in a JSON text cannot begin with this character, so that no string equals a tuple's key.
  if (key instanceof Tuple)
    return `\u0000(${key.items.map(item => `${typeof hashKey(item)}:${String(hashKey(item))}`).join('\u0000')}`;
  if (Array.isArray(key) || key instanceof Dict) {
    throw typeError(`unhashable type: '${Array.isArray(key) ? 'list' : 'dict'}'`);
  }
  return key;
};

/** `dict.keys()`, `.values()` and `.items()`. */
export class DictView extends TemplateObject {
  readonly typeName: string;
  constructor(
    readonly kind: 'keys' | 'values' | 'items',
    readonly dict: Dict,
  ) {
    super();
    this.typeName = `dict_${kind}`;
  }
  *[Symbol.iterator](): Generator<Value> {
    for (const entry of this.dict.entries.values()) {
      yield this.kind === 'items' ? new Tuple(entry) : entry[this.kind === 'keys' ? 0 : 1];
    }
  }
}

export class Range extends TemplateObject {
  readonly typeName = 'range';
  readonly length: number;
  constructor(
    readonly start: bigint,
    readonly stop: bigint,
    readonly step: bigint,
  ) {
    super();
    const span = step > 0n ? stop - start : start - stop;
    const stride = step > 0n ? step : -step;
    this.length = span <= 0n ? 0 : Number((span + stride - 1n) / stride);
  }
  at(index: number): bigint {
    return this.start + BigInt(index) * this.step;
  }
}

/** The lazy result of `map`, `select` and their kin: it can be gone through once and has no length. */
export class OneTimeIterator extends TemplateObject {
  readonly typeName = 'generator';
  constructor(readonly iterator: Iterator<Value>) {
    super();
  }
  *[Symbol.iterator](): Generator<Value> {
    // Not `for … of`, which would close the iterator where the caller stops early.
    for (;;) {
      const next = this.iterator.next();
      if (next.done) return;
      yield next.value;
    }
  }
}

/** Text that `escape` or `safe` has made. */
export class Markup extends TemplateObject {
  readonly typeName = 'Markup';
  constructor(readonly text: string) {
    super();
  }
}

/** `namespace()`: the one object whose attributes a template can set. */
export class Namespace extends TemplateObject {
  readonly typeName = 'Namespace';
  readonly attributes = new Map<string, Value>();
  set(name: string, value: Value): void {
    if (name.startsWith('_')) {
      throw new TemplateRuntimeError(
        `Chat templates cannot store underscore-prefixed attributes on a namespace, but got '${name}'.`,
      );
    }
    this.attributes.set(name, value);
  }
}

/** A missing variable, attribute or element. Printing it gives nothing; most other uses fail. */
export class Undefined extends TemplateObject {
  readonly typeName = 'Undefined';
  constructor(readonly reason: string) {
    super();
  }
  fail(): never {
    throw new UndefinedError(this.reason);
  }
}

/** A function, method or macro. */
export class Callable extends TemplateObject {
  constructor(
    readonly name: string,
    readonly call: (args: Arguments, rendering: Rendering) => Value,
    readonly typeName = 'function',
    /** Attributes that templates can read. */
    readonly attributes: Readonly<Record<string, Value>> = {},
  ) {
    super();
  }
}

/** An object with attributes of its own, such as `loop`. */
export abstract class AttributeObject extends TemplateObject {
  abstract attribute(name: string): Value | undefined;
}

export const isText = (value: Value): value is string | Markup =>
  typeof value === 'string' || value instanceof Markup;
export const isNumber = (value: Value): value is boolean | bigint | number =>
  typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean';

/** The name of a value's class in Python. */
export const typeName = (value: Value): string => {
  if (value === null) return 'NoneType';
  if (Array.isArray(value)) return 'list';
  switch (typeof value) {
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int';
    case 'number':
      return 'float';
    case 'string':
      return 'str';
    default:
      return value.typeName;
  }
};

/** "dict object", as Jinja2 names values in its messages. */
export const objectName = (value: Value): string => (value === null ? 'None' : `${typeName(value)} object`);
