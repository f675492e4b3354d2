import { PythonError, TemplateRuntimeError, typeError, valueError } from './template-errors.js';
import { strip } from './text.js';

/** `repr` of a float: the shortest digits that give it back, with an exponent below 1e-4 and from 1e16 on. */
export const floatRepr = (value: number): string => {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const [mantissa, exponent] = Math.abs(value).toExponential().split('e') as [string, string];
  const digits = mantissa.replace('.', '');
  const power = Number(exponent);
  const sign = value < 0 ? '-' : '';
  if (power < -4 || power >= 16) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
    return `${sign}${digits[0]}${fraction}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
  }
  if (power < 0) return `${sign}0.${'0'.repeat(-power - 1)}${digits}`;
  const whole = digits.slice(0, power + 1).padEnd(power + 1, '0');
  return `${sign}${whole}.${digits.slice(power + 1) || '0'}`;
};

const WHOLE = /^[+-]?\d+(?:_\d+)*$/;
const DECIMAL = /^[+-]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:e[+-]?\d+(?:_\d+)*)?$/i;

/** `int(text, base)`. @throws {PythonError} ValueError */
export const parseInteger = (text: string, base = 10n): bigint => {
  const invalid = () => valueError(`invalid literal for int() with base ${base}: '${text}'`);
  let bare = strip(text, 'both').toLowerCase();
  if (base === 10n) {
    if (!WHOLE.test(bare)) throw invalid();
    return BigInt(bare.replaceAll('_', '').replace(/^\+/, ''));
  }
  const negative = bare.startsWith('-');
  bare = bare.replace(/^[+-]/, '').replaceAll('_', '');
  const prefix = { '0x': 16n, '0o': 8n, '0b': 2n }[bare.slice(0, 2)];
  let radix = base;
  if (prefix !== undefined && (base === prefix || base === 0n)) {
    radix = prefix;
    bare = bare.slice(2);
  } else if (base === 0n) radix = 10n;
  if (bare === '') throw invalid();
  let value = 0n;
  for (const char of bare) {
    const digit = /[0-9a-z]/.test(char) ? BigInt(Number.parseInt(char, 36)) : radix;
    if (digit >= radix) throw invalid();
    value = value * radix + digit;
  }
  return negative ? -value : value;
};

/** `float(text)`. @throws {PythonError} ValueError */
export const parseFloatText = (text: string): number => {
  const bare = strip(text, 'both');
  if (DECIMAL.test(bare)) return Number(bare.replaceAll('_', ''));
  const named = /^([+-]?)(?:(inf(?:inity)?)|nan)$/i.exec(bare);
  if (!named) throw valueError(`could not convert string to float: '${text}'`);
  if (named[2] === undefined) return Number.NaN;
  return named[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
};

/** `int(float)`: towards zero. */
export const truncate = (value: number): bigint => {
  if (Number.isNaN(value)) throw valueError('cannot convert float NaN to integer');
  if (!Number.isFinite(value))
    throw new PythonError('OverflowError', 'cannot convert float infinity to integer');
  return BigInt(Math.trunc(value));
};

/** A finite float as an exact fraction. */
const fraction = (value: number): [numerator: bigint, denominator: bigint] => {
  let denominator = 1n;
  let scaled = value;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    denominator *= 2n;
  }
  return [BigInt(scaled), denominator];
};

/** The value times 10^digits, rounded half to even from its exact value. */
const scaledDecimal = (value: number, digits: number): bigint => {
  let [numerator, denominator] = fraction(value);
  if (digits >= 0) numerator *= 10n ** BigInt(digits);
  else denominator *= 10n ** BigInt(-digits);
  const negative = numerator < 0n;
  const size = negative ? -numerator : numerator;
  let quotient = size / denominator;
  const twice = (size % denominator) * 2n;
  if (twice > denominator || (twice === denominator && quotient % 2n === 1n)) quotient += 1n;
  return negative ? -quotient : quotient;
};

const MOST_DIGITS = 400;

/** `round(value, digits)`, which stays a float. */
export const roundFloat = (value: number, digits: number): number => {
  if (!Number.isFinite(value) || digits > MOST_DIGITS) return value;
  if (digits < -MOST_DIGITS) return 0;
  const rounded = Number(`${scaledDecimal(value, digits)}e${-digits}`);
  return rounded === 0 && (value < 0 || Object.is(value, -0)) ? -0 : rounded;
};

/** `round(int, digits)`: half to even at a power of ten. */
export const roundInteger = (value: bigint, digits: number): bigint => {
  if (digits >= 0) return value;
  const unit = 10n ** BigInt(Math.min(-digits, MOST_DIGITS));
  const rest = floorModulo(value, unit);
  const down = value - rest;
  const up = rest * 2n > unit || (rest * 2n === unit && (down / unit) % 2n !== 0n);
  return up ? down + unit : down;
};

/** `'%.2f' % value`, without sign handling beyond `-`. */
export const fixedDecimals = (value: number, digits: number): string => {
  const scaled = scaledDecimal(value, digits);
  const negative = scaled < 0n || (scaled === 0n && (value < 0 || Object.is(value, -0)));
  const text = String(scaled < 0n ? -scaled : scaled).padStart(digits + 1, '0');
  const whole = digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
  return negative ? `-${whole}` : whole;
};

export const floorDivide = (a: bigint, b: bigint): bigint => {
  if (b === 0n) throw new PythonError('ZeroDivisionError', 'integer division or modulo by zero');
  const quotient = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient;
};

export const floorModulo = (a: bigint, b: bigint): bigint => {
  if (b === 0n) throw new PythonError('ZeroDivisionError', 'integer modulo by zero');
  const rest = a % b;
  return rest !== 0n && rest < 0n !== b < 0n ? rest + b : rest;
};

export const floatModulo = (a: number, b: number): number => {
  if (b === 0) throw new PythonError('ZeroDivisionError', 'float modulo by zero');
  const rest = a % b;
  if (rest !== 0 && rest < 0 !== b < 0) return rest + b;
  return rest === 0 ? (b < 0 ? -0 : 0) : rest;
};

const MOST_BITS = 1_000_000;

export const integerPower = (base: bigint, exponent: bigint): bigint | number => {
  if (exponent < 0n) {
    if (base === 0n) throw new PythonError('ZeroDivisionError', '0.0 cannot be raised to a negative power');
    return Number(base) ** Number(exponent);
  }
  const bits = (base < 0n ? -base : base).toString(2).length;
  if (base !== 0n && base !== 1n && base !== -1n && Number(exponent) * bits > MOST_BITS) {
    throw new TemplateRuntimeError(`a power of more than ${MOST_BITS} bits; templates need none`);
  }
  return base ** exponent;
};

/** True division of two ints, right to the last bit. */
export const divideIntegers = (a: bigint, b: bigint): number => {
  if (b === 0n) throw new PythonError('ZeroDivisionError', 'division by zero');
  const limit = BigInt(Number.MAX_SAFE_INTEGER);
  const small = (n: bigint) => n <= limit && n >= -limit;
  if (small(a) && small(b)) return Number(a) / Number(b);
  // 64 more bits than a float holds, then one rounding by the parser of decimals.
  const negative = a < 0n !== b < 0n;
  const [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
  const shift = BigInt(Math.max(0, 128 - (x.toString(2).length - y.toString(2).length)));
  const quotient = ((x << shift) / y) | ((x << shift) % y === 0n ? 0n : 1n);
  const value = Number(quotient) / 2 ** Number(shift);
  return negative ? -value : value;
};

/** An int where Python wants an index or a count. */
export const asIndex = (value: unknown, what = 'integer'): number => {
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'bigint') {
    return Number(value > 2n ** 52n ? 2n ** 52n : value < -(2n ** 52n) ? -(2n ** 52n) : value);
  }
  throw typeError(`${what} expected, got ${value === null ? 'NoneType' : typeof value}`);
};
