import { containerMethod, MUTATING } from './container-methods.js';
import { asIndex } from './numbers.js';
import { repr, toText } from './operations.js';
import { TemplateRuntimeError, valueError } from './template-errors.js';
import { codePoints } from './text.js';
import { textMethod } from './text-methods.js';
import {
  AttributeObject,
  Callable,
  Dict,
  isText,
  Namespace,
  objectName,
  Range,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from './values.js';

/** An attribute of the Python object: a method or a field; undefined where it has none. */
const pythonAttribute = (value: Value, name: string): Value | undefined => {
  if (value instanceof Tuple && value.fields.includes(name)) {
    return value.items[value.fields.indexOf(name)];
  }
  if (isText(value)) return textMethod(value, name, lookup);
  if (Array.isArray(value) || value instanceof Dict || value instanceof Tuple) {
    return containerMethod(value, name);
  }
  if (value instanceof Namespace) return value.attributes.get(name);
  if (value instanceof AttributeObject) return value.attribute(name);
  if (value instanceof Callable)
    return Object.hasOwn(value.attributes, name) ? value.attributes[name] : undefined;
  if (value instanceof Range && ['start', 'stop', 'step'].includes(name)) {
    return value[name as 'start' | 'stop' | 'step'];
  }
  if (typeof value === 'number' && name === 'is_integer') {
    return new Callable('is_integer', () => Number.isInteger(value));
  }
  if (typeof value === 'bigint' || typeof value === 'number') {
    if (name === 'real') return value;
    if (name === 'imag') return typeof value === 'bigint' ? 0n : 0;
  }
  if (typeof value === 'bigint') {
    if (name === 'numerator') return value;
    if (name === 'denominator') return 1n;
    if (name === 'bit_length') {
      return new Callable('bit_length', () =>
        value === 0n ? 0n : BigInt((value < 0n ? -value : value).toString(2).length),
      );
    }
  }
  return undefined;
};

/** Names that the sandbox of transformers hides: private ones, and methods that change their object. */
const hidden = (value: Value, name: string): Undefined | undefined =>
  name.startsWith('_') || MUTATING[typeName(value)]?.has(name)
    ? new UnsafeAttribute(`access to attribute '${name}' of '${typeName(value)}' object is unsafe.`)
    : undefined;

class UnsafeAttribute extends Undefined {
  override fail(): never {
    throw new TemplateRuntimeError(this.reason);
  }
}

/** `value.name`: the attribute, else the element of that key, else undefined. */
export const getAttribute = (value: Value, name: string): Value => {
  if (value instanceof Undefined) value.fail();
  const unsafe = hidden(value, name);
  if (unsafe && !(value instanceof Dict && value.has(name))) return unsafe;
  const found = unsafe ? undefined : pythonAttribute(value, name);
  if (found !== undefined) return found;
  return element(value, name) ?? new Undefined(`'${objectName(value)}' has no attribute '${name}'`);
};

/** `value[key]`: the element, else the attribute of that name, else undefined. */
export const getItem = (value: Value, key: Value): Value => {
  if (value instanceof Undefined) value.fail();
  const found = element(value, key);
  if (found !== undefined) return found;
  if (isText(key)) {
    const name = toText(key);
    return (
      hidden(value, name) ??
      pythonAttribute(value, name) ??
      new Undefined(`'${objectName(value)}' has no attribute ${repr(name)}`)
    );
  }
  return new Undefined(`${objectName(value)} has no element ${repr(key)}`);
};

const lookup = (value: Value, name: string, isAttribute: boolean): Value => {
  if (isAttribute) return getAttribute(value, name);
  return getItem(value, /^\d+$/.test(name) ? BigInt(name) : name);
};

const element = (value: Value, key: Value): Value | undefined => {
  if (value instanceof Dict) {
    if (Array.isArray(key) || key instanceof Dict) return undefined;
    return value.get(key);
  }
  if (typeof key !== 'bigint' && typeof key !== 'boolean') return undefined;
  const at = Number(key);
  if (isText(value)) {
    const points = codePoints(toText(value));
    return points[at < 0 ? points.length + at : at];
  }
  const items = value instanceof Tuple ? value.items : value;
  if (Array.isArray(items)) return items.at(at < -items.length ? items.length : at);
  if (value instanceof Range) {
    const index = at < 0 ? value.length + at : at;
    return index >= 0 && index < value.length ? value.at(index) : undefined;
  }
  return undefined;
};

/** `value[start:stop:step]`; undefined bounds are open. */
export const slice = (value: Value, bounds: readonly Value[]): Value => {
  if (value instanceof Undefined) value.fail();
  const isSequence =
    isText(value) || Array.isArray(value) || value instanceof Tuple || value instanceof Range;
  if (!isSequence)
    return new Undefined(`${objectName(value)} has no element slice(${bounds.map(repr).join(', ')})`);
  const [start, stop, stepGiven] = bounds.map(bound =>
    bound === null || bound === undefined
      ? undefined
      : asIndex(bound, 'slice indices must be integers: an integer'),
  );
  const step = stepGiven ?? 1;
  if (step === 0) throw valueError('slice step cannot be zero');
  const items = isText(value)
    ? codePoints(toText(value))
    : value instanceof Tuple
      ? value.items
      : value instanceof Range
        ? undefined
        : value;
  const length = items?.length ?? (value as Range).length;
  const clamp = (bound: number | undefined, open: number, low: number, high: number) =>
    bound === undefined ? open : Math.min(Math.max(bound < 0 ? bound + length : bound, low), high);
  const from = step > 0 ? clamp(start, 0, 0, length) : clamp(start, length - 1, -1, length - 1);
  const to = step > 0 ? clamp(stop, length, 0, length) : clamp(stop, -1, -1, length - 1);
  if (value instanceof Range) {
    return new Range(
      value.start + BigInt(from) * value.step,
      value.start + BigInt(to) * value.step,
      value.step * BigInt(step),
    );
  }
  if (step === 1 && typeof items === 'string') return items.slice(from, Math.max(from, to));
  const taken: (string | Value)[] = [];
  for (let at = from; step > 0 ? at < to : at > to; at += step) taken.push(items![at]!);
  if (isText(value)) return taken.join('');
  return value instanceof Tuple ? new Tuple(taken) : taken;
};

/** The attribute path that filters take: `role`, `function.name`, `0`, or a number. */
export const getPath = (value: Value, path: Value, fallback?: Value): Value => {
  const parts = isText(path) ? toText(path).split('.') : [path];
  let found = value;
  for (const part of parts) {
    found = getItem(found, typeof part === 'string' && /^\d+$/.test(part) ? BigInt(part) : part);
    if (found instanceof Undefined && fallback !== undefined) return fallback;
  }
  return found;
};
