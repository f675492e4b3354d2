import { bind } from './arguments.js';
import { floatModulo, floorModulo } from './numbers.js';
import { compare, contains, equals, iterate, toText } from './operations.js';
import { typeError } from './template-errors.js';
import { hasCase } from './text.js';
import {
  type Arguments,
  Callable,
  Dict,
  isNumber,
  isText,
  Markup,
  Range,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from './values.js';

type Test = (value: Value, args: Arguments) => boolean;

const other = (args: Arguments): Value => bind('test', args, ['other'], 1)[0]!;

const modulo = (value: Value, by: bigint): bigint | number => {
  if (value instanceof Undefined) value.fail();
  if (!isNumber(value)) throw typeError(`unsupported operand type(s) for %: '${typeName(value)}' and 'int'`);
  return typeof value === 'number' ? floatModulo(value, Number(by)) : floorModulo(BigInt(value), by);
};

const isIterable = (value: Value): boolean => {
  try {
    iterate(value);
    return true;
  } catch {
    return false;
  }
};

const equal: Test = (value, args) => equals(value, other(args));
const unequal: Test = (value, args) => !equals(value, other(args));
const greater: Test = (value, args) => compare(value, other(args), '>') > 0;
const least: Test = (value, args) => compare(value, other(args), '>=') >= 0;
const less: Test = (value, args) => compare(value, other(args), '<') < 0;
const most: Test = (value, args) => compare(value, other(args), '<=') <= 0;

/** Jinja2's tests by name, but `filter` and `test`, which ask for names of filters and tests. */
export const TESTS: Readonly<Record<string, Test>> = {
  boolean: value => typeof value === 'boolean',
  callable: value => value instanceof Callable,
  defined: value => !(value instanceof Undefined),
  divisibleby: (value, args) => {
    const by = other(args);
    if (typeof by !== 'bigint')
      throw typeError(`unsupported operand type(s) for %: '${typeName(value)}' and '${typeName(by)}'`);
    return Number(modulo(value, by)) === 0;
  },
  eq: equal,
  equalto: equal,
  '==': equal,
  escaped: value => value instanceof Markup,
  even: value => Number(modulo(value, 2n)) === 0,
  false: value => value === false,
  float: value => typeof value === 'number',
  ge: least,
  '>=': least,
  gt: greater,
  greaterthan: greater,
  '>': greater,
  in: (value, args) => contains(other(args), value),
  integer: value => typeof value === 'bigint',
  iterable: isIterable,
  le: most,
  '<=': most,
  lower: value => hasCase(toText(value), 'lower'),
  lt: less,
  lessthan: less,
  '<': less,
  mapping: value => value instanceof Dict,
  ne: unequal,
  '!=': unequal,
  none: value => value === null,
  number: isNumber,
  odd: value => Number(modulo(value, 2n)) === 1,
  sameas: (value, args) => Object.is(value, other(args)),
  sequence: value =>
    isText(value) ||
    Array.isArray(value) ||
    [Tuple, Dict, Range, Undefined].some(type => value instanceof type),
  string: isText,
  true: value => value === true,
  undefined: value => value instanceof Undefined,
  upper: value => hasCase(toText(value), 'upper'),
};
