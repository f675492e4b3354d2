import { divideIntegers, floatModulo, floatRepr, floorDivide, floorModulo, integerPower } from './numbers.js';
import { PythonError, TemplateRuntimeError, typeError } from './template-errors.js';
import { compareText, textLength } from './text.js';
import {
  Callable,
  Dict,
  DictView,
  isNumber,
  isText,
  Markup,
  Namespace,
  OneTimeIterator,
  Range,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from './values.js';

/** `bool(value)`. */
export const truthy = (value: Value): boolean => {
  if (value === null) return false;
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === 'number') return value !== 0; // NaN is true in Python
  if (typeof value !== 'object') return Boolean(value);
  if (value instanceof Undefined) return false;
  if (value instanceof Dict) return value.entries.size > 0;
  if (value instanceof DictView) return value.dict.entries.size > 0;
  if (value instanceof Tuple) return value.items.length > 0;
  if (value instanceof Range) return value.length > 0;
  if (value instanceof Markup) return value.text !== '';
  return true;
};

/** `str(value)`. @throws {TemplateRuntimeError} where Python would write an address in memory */
export const toText = (value: Value): string => {
  if (typeof value === 'string') return value;
  if (value instanceof Markup) return value.text;
  if (value instanceof Undefined) return '';
  return repr(value);
};

/** `repr(value)`. */
export const repr = (value: Value): string => {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return floatRepr(value);
  if (typeof value === 'string') return reprText(value);
  if (Array.isArray(value)) return `[${value.map(repr).join(', ')}]`;
  if (value instanceof Tuple)
    return value.items.length === 1 ? `(${repr(value.items[0]!)},)` : `(${value.items.map(repr).join(', ')})`;
  if (value instanceof Dict)
    return `{${[...value.entries.values()].map(([key, item]) => `${repr(key)}: ${repr(item)}`).join(', ')}}`;
  if (value instanceof DictView) return `${value.typeName}([${[...value].map(repr).join(', ')}])`;
  if (value instanceof Range)
    return `range(${value.start}, ${value.stop}${value.step === 1n ? '' : `, ${value.step}`})`;
  if (value instanceof Undefined) return 'Undefined';
  if (value instanceof Markup) return `Markup(${reprText(value.text)})`;
  if (value instanceof Namespace) return `<Namespace ${repr(Dict.of(value.attributes))}>`;
  if (value instanceof Callable && value.typeName === 'Macro') return `<Macro ${reprText(value.name)}>`;
  throw new TemplateRuntimeError(
    value instanceof OneTimeIterator
      ? 'it writes a generator as text, which is an address in memory; put |list or |join behind the filter'
      : `it writes a ${typeName(value)} as text, which is an address in memory${
          value instanceof Callable ? `; call it: ${value.name}()` : ''
        }`,
  );
};

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
// Everything that str.isprintable() denies, and backslashes.
const UNPRINTABLE = /[\\\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

const reprText = (text: string): string => {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(UNPRINTABLE, char => {
    if (ESCAPES[char]) return ESCAPES[char];
    const code = char.codePointAt(0)!;
    if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`;
    if (code < 0x10000) return `\\u${code.toString(16).padStart(4, '0')}`;
    return `\\U${code.toString(16).padStart(8, '0')}`;
  });
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote;
};

/** Items that `for` iterates over. @throws {PythonError} TypeError for a value that is not iterable */
export const iterate = (value: Value): Iterable<Value> => {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value;
  if (value instanceof Tuple) return value.items;
  if (value instanceof Dict) return value.keys();
  if (value instanceof Markup) return value.text;
  if (value instanceof Undefined) return [];
  if (value instanceof Range) return Array.from({ length: value.length }, (_, i) => value.at(i));
  if (value instanceof DictView || value instanceof OneTimeIterator) return value;
  throw typeError(`'${typeName(value)}' object is not iterable`);
};

/** `len(value)`. */
export const lengthOf = (value: Value): number => {
  if (isText(value)) return textLength(toText(value));
  if (Array.isArray(value)) return value.length;
  if (value instanceof Tuple) return value.items.length;
  if (value instanceof Dict) return value.entries.size;
  if (value instanceof DictView) return value.dict.entries.size;
  if (value instanceof Range) return value.length;
  if (value instanceof Undefined) return 0;
  throw typeError(`object of type '${typeName(value)}' has no len()`);
};

/** `a == b`. */
export const equals = (a: Value, b: Value): boolean => {
  if (a === b) return true;
  if (isNumber(a) && isNumber(b)) {
    const number = (n: boolean | bigint | number) => (typeof n === 'boolean' ? Number(n) : n);
    // biome-ignore lint/suspicious/noDoubleEquals: compares a bigint with a number by value
    return number(a) == number(b);
  }
  if (isText(a) && isText(b)) return toText(a) === toText(b);
  if (Array.isArray(a)) return Array.isArray(b) && sameItems(a, b);
  if (a instanceof Tuple) return b instanceof Tuple && sameItems(a.items, b.items);
  if (a instanceof Dict) {
    if (!(b instanceof Dict) || a.entries.size !== b.entries.size) return false;
    for (const [key, value] of a.entries.values()) {
      const other = b.get(key);
      if (other === undefined || !equals(value, other)) return false;
    }
    return true;
  }
  if (a instanceof Range) return b instanceof Range && sameItems([...iterate(a)], [...iterate(b)]);
  return a instanceof Undefined && b instanceof Undefined;
};

const sameItems = (a: readonly Value[], b: readonly Value[]) =>
  a.length === b.length && a.every((item, i) => equals(item, b[i]!));

/** Below 0 when `a < b`. @throws {PythonError} TypeError where Python has no order; NaN for NaN */
export const compare = (a: Value, b: Value, operator = '<'): number => {
  if (isNumber(a) && isNumber(b)) {
    const number = (n: boolean | bigint | number) => (typeof n === 'boolean' ? Number(n) : n);
    const [x, y] = [number(a), number(b)];
    if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
    return x < y ? -1 : x > y ? 1 : 0;
  }
  if (isText(a) && isText(b)) return compareText(toText(a), toText(b));
  const [x, y] = [a instanceof Tuple ? a.items : a, b instanceof Tuple ? b.items : b];
  if (Array.isArray(x) && Array.isArray(y) && Array.isArray(a) === Array.isArray(b)) {
    const at = x.findIndex((item, i) => i >= y.length || !equals(item, y[i]!));
    if (at < 0) return x.length - y.length;
    return at >= y.length ? 1 : compare(x[at]!, y[at]!, operator);
  }
  for (const side of [a, b]) if (side instanceof Undefined) side.fail();
  throw typeError(`'${operator}' not supported between instances of '${typeName(a)}' and '${typeName(b)}'`);
};

/** `item in container`. */
export const contains = (container: Value, item: Value): boolean => {
  if (isText(container)) {
    if (!isText(item))
      throw typeError(`'in <string>' requires string as left operand, not ${typeName(item)}`);
    return toText(container).includes(toText(item));
  }
  if (container instanceof Dict) return container.has(item);
  if (container instanceof DictView && container.kind === 'keys') return container.dict.has(item);
  if (container === null || isNumber(container) || container instanceof Callable) {
    throw typeError(`argument of type '${typeName(container)}' is not iterable`);
  }
  for (const each of iterate(container)) if (equals(each, item)) return true;
  return false;
};

// A text or list beyond this is no training text; without a limit a few doublings fill the memory.
const MOST_LENGTH = 1 << 27;
const bounded = (length: number): void => {
  if (length > MOST_LENGTH)
    throw new TemplateRuntimeError(`a text or list of more than ${MOST_LENGTH} elements`);
};

/** `a + b` of texts, checked for length. */
export const joinTexts = (a: string, b: string): string => {
  bounded(a.length + b.length);
  return a + b;
};

export const escapeText = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('>', '&gt;')
    .replaceAll('<', '&lt;')
    .replaceAll("'", '&#39;')
    .replaceAll('"', '&#34;');

const unsupported = (operator: string, a: Value, b: Value): never => {
  for (const side of [a, b]) if (side instanceof Undefined) side.fail();
  throw typeError(`unsupported operand type(s) for ${operator}: '${typeName(a)}' and '${typeName(b)}'`);
};

const add = (a: Value, b: Value): Value => {
  if (typeof a === 'string' && typeof b === 'string') return joinTexts(a, b);
  if (isText(a) && isText(b)) {
    const [x, y] = [a, b].map(side => (side instanceof Markup ? side.text : escapeText(side)));
    return new Markup(joinTexts(x!, y!));
  }
  if (isText(a) && !(b instanceof Undefined))
    throw typeError(`can only concatenate str (not "${typeName(b)}") to str`);
  if (Array.isArray(a)) {
    if (Array.isArray(b)) {
      bounded(a.length + b.length);
      return [...a, ...b];
    }
    if (!(b instanceof Undefined))
      throw typeError(`can only concatenate list (not "${typeName(b)}") to list`);
  }
  if (a instanceof Tuple) {
    if (b instanceof Tuple) return new Tuple([...a.items, ...b.items]);
    if (!(b instanceof Undefined))
      throw typeError(`can only concatenate tuple (not "${typeName(b)}") to tuple`);
  }
  return unsupported('+', a, b);
};

const repeat = (value: string | readonly Value[], count: bigint): string | Value[] => {
  const times = count > 0n ? Number(count) : 0;
  bounded(value.length * times);
  return typeof value === 'string' ? value.repeat(times) : Array.from({ length: times }, () => value).flat();
};

const multiply = (a: Value, b: Value): Value => {
  for (const [sequence, count] of [
    [a, b],
    [b, a],
  ] as const) {
    if (typeof count !== 'bigint' && typeof count !== 'boolean') continue;
    const times = BigInt(count);
    if (isText(sequence)) return repeat(toText(sequence), times) as string;
    if (Array.isArray(sequence)) return repeat(sequence, times) as Value[];
    if (sequence instanceof Tuple) return new Tuple(repeat(sequence.items, times) as Value[]);
  }
  for (const [sequence, other] of [
    [a, b],
    [b, a],
  ] as const) {
    if ((isText(sequence) || Array.isArray(sequence)) && !(other instanceof Undefined)) {
      throw typeError(`can't multiply sequence by non-int of type '${typeName(other)}'`);
    }
  }
  return unsupported('*', a, b);
};

type Whole = (a: bigint, b: bigint) => Value;
type Real = (a: number, b: number) => Value;

const zeroDivision = () => new PythonError('ZeroDivisionError', 'float division by zero');
const ARITHMETIC: Readonly<Record<string, { whole: Whole; real: Real }>> = {
  '+': { whole: (a, b) => a + b, real: (a, b) => a + b },
  '-': { whole: (a, b) => a - b, real: (a, b) => a - b },
  '*': {
    whole: (a, b) => {
      bounded((a.toString(16).length + b.toString(16).length) * 64);
      return a * b;
    },
    real: (a, b) => a * b,
  },
  '/': {
    whole: divideIntegers,
    real: (a, b) => {
      if (b === 0) throw zeroDivision();
      return a / b;
    },
  },
  '//': {
    whole: floorDivide,
    real: (a, b) => {
      if (b === 0) throw new PythonError('ZeroDivisionError', 'float floor division by zero');
      return Math.floor((a - floatModulo(a, b)) / b + 0.5);
    },
  },
  '%': { whole: floorModulo, real: floatModulo },
  '**': { whole: integerPower, real: (a, b) => a ** b },
};

/** `a operator b` for `+ - * / // % **`; text before `%` is formatted by the caller. */
export const arithmetic = (operator: string, a: Value, b: Value): Value => {
  if (isNumber(a) && isNumber(b)) {
    const { whole, real } = ARITHMETIC[operator]!;
    return typeof a === 'number' || typeof b === 'number'
      ? real(Number(a), Number(b))
      : whole(BigInt(a), BigInt(b));
  }
  if (operator === '+') return add(a, b);
  if (operator === '*') return multiply(a, b);
  if (operator === '-' && a instanceof DictView && b instanceof DictView)
    throw new TemplateRuntimeError('sets are not known here');
  return unsupported(operator === '**' ? '** or pow()' : operator, a, b);
};

/** `-value` or `+value`. */
export const signed = (sign: 'negative' | 'positive', value: Value): Value => {
  if (value instanceof Undefined) value.fail();
  if (!isNumber(value)) {
    throw typeError(`bad operand type for unary ${sign === 'negative' ? '-' : '+'}: '${typeName(value)}'`);
  }
  const number = typeof value === 'boolean' ? BigInt(value) : value;
  return sign === 'negative' ? -number : number;
};

/** A comparison of two values. */
export const holds = (operator: string, left: Value, right: Value): boolean => {
  switch (operator) {
    case '==':
      return equals(left, right);
    case '!=':
      return !equals(left, right);
    case 'in':
      return contains(right, left);
    case 'not in':
      return !contains(right, left);
    case '<':
      return compare(left, right, operator) < 0;
    case '<=':
      return compare(left, right, operator) <= 0;
    case '>':
      return compare(left, right, operator) > 0;
    default:
      return compare(left, right, operator) >= 0;
  }
};
