import { bind } from '../arguments.js';
import {
  fixedDecimals,
  parseFloatText,
  parseInteger,
  roundFloat,
  roundInteger,
  truncate,
} from '../numbers.js';
import { toText } from '../operations.js';
import { isConversionError, PythonError, TemplateRuntimeError, typeError } from '../template-errors.js';
import { type Arguments, isNumber, isText, typeName, Undefined, type Value } from '../values.js';

const numberOf = (value: Value): bigint | number => {
  if (value instanceof Undefined) value.fail();
  if (!isNumber(value)) throw typeError(`a number is required, not ${typeName(value)}`);
  return typeof value === 'boolean' ? BigInt(value) : value;
};

const toInteger = (value: Value, base: bigint): bigint => {
  if (isText(value)) return parseInteger(toText(value), base);
  const number = numberOf(value);
  return typeof number === 'bigint' ? number : truncate(number);
};

const toFloat = (value: Value): number =>
  isText(value) ? parseFloatText(toText(value)) : Number(numberOf(value));

const overflows = (error: unknown) => error instanceof PythonError && error.name === 'OverflowError';

const int = (value: Value, args: Arguments): Value => {
  const [fallback = 0n, base = 10n] = bind('int', args, ['default', 'base']);
  try {
    return toInteger(value, base as bigint);
  } catch (error) {
    if (!isConversionError(error)) throw error;
    try {
      return truncate(toFloat(value));
    } catch (again) {
      if (!isConversionError(again) && !overflows(again)) throw again;
      return fallback;
    }
  }
};

const float = (value: Value, args: Arguments): Value => {
  const [fallback = 0] = bind('float', args, ['default']);
  try {
    return toFloat(value);
  } catch (error) {
    if (!isConversionError(error)) throw error;
    return fallback;
  }
};

const round = (value: Value, args: Arguments): Value => {
  const [precision = 0n, method = 'common'] = bind('round', args, ['precision', 'method']);
  const digits = Number(precision);
  const number = numberOf(value);
  if (method === 'common') {
    return typeof number === 'bigint' ? roundInteger(number, digits) : roundFloat(number, digits);
  }
  if (method !== 'ceil' && method !== 'floor') {
    throw new TemplateRuntimeError('method must be common, ceil or floor');
  }
  const scale = 10 ** digits;
  return Math[method](Number(number) * scale) / scale;
};

const UNITS = ['kB', 'MB', 'GB', 'TB', 'PB', 'EB', 'ZB', 'YB'];

const fileSize = (value: Value, args: Arguments): string => {
  const [binary = false] = bind('filesizeformat', args, ['binary']);
  const bytes = toFloat(value);
  const base = binary === true ? 1024 : 1000;
  if (bytes === 1) return '1 Byte';
  if (bytes < base) return `${Math.trunc(bytes)} Bytes`;
  let size = bytes / base;
  let unit = 0;
  while (size >= base && unit < UNITS.length - 1) {
    size /= base;
    unit += 1;
  }
  const name = UNITS[unit]!;
  return `${fixedDecimals(size, 1)} ${binary === true ? `${name[0]!.toUpperCase()}iB` : name}`;
};

export const NUMBER_FILTERS = {
  abs: (value: Value): Value => {
    const number = numberOf(value);
    return number < 0 ? -number : typeof number === 'number' ? Math.abs(number) : number;
  },
  int,
  float,
  round,
  filesizeformat: fileSize,
};
