import { fixedDecimals, floatRepr, truncate } from './numbers.js';
import { repr, toText } from './operations.js';
import { PythonError, typeError, valueError } from './template-errors.js';
import { textLength, textSlice } from './text.js';
import { type Arguments, Dict, isNumber, Tuple, typeName, type Value } from './values.js';

const DIRECTIVE = /%(?:\(([^)]*)\))?([#0\- +]*)(\*|\d+)?(?:\.(\*|\d+)?)?[hlL]?(.)/gsu;

/** `text % values`, printf's way. */
export const percentFormat = (text: string, values: Value): string => {
  const list = values instanceof Tuple ? values.items : [values];
  const isMapping = values instanceof Dict;
  let next = 0;
  const take = (): Value => {
    if (next >= list.length) throw typeError('not enough arguments for format string');
    return list[next++]!;
  };
  const out = text.replace(
    DIRECTIVE,
    (
      all,
      key: string | undefined,
      flags: string,
      width = '',
      precision: string | undefined,
      type: string,
    ) => {
      if (type === '%') return '%';
      if (key !== undefined && !isMapping) throw typeError('format requires a mapping');
      const count = (given: string) => (given === '*' ? Number(take()) : Number(given));
      const least = width === '' ? 0 : count(width);
      const digits =
        all.includes('.') && !/^%\([^)]*\.[^)]*\)[^.]*$/.test(all)
          ? precision === undefined
            ? 0
            : count(precision)
          : undefined;
      let value: Value;
      if (key === undefined) value = take();
      else {
        const found = (values as Dict).get(key);
        if (found === undefined) throw new PythonError('KeyError', repr(key));
        value = found;
        next = list.length;
      }
      const body = directive(type, value, flags, digits);
      const left = flags.includes('-') || least < 0;
      const gap = Math.abs(least) - textLength(body);
      if (gap <= 0) return body;
      if (left) return body + ' '.repeat(gap);
      if (flags.includes('0') && !'csra'.includes(type)) {
        const sign = /^[+\- ]?(0[xXo])?/.exec(body)![0];
        return sign + '0'.repeat(gap) + body.slice(sign.length);
      }
      return ' '.repeat(gap) + body;
    },
  );
  if (
    !isMapping &&
    next < list.length &&
    (values instanceof Tuple || isNumber(values) || typeof values === 'string' || values === null)
  )
    throw typeError('not all arguments converted during string formatting');
  return out;
};

const directive = (type: string, value: Value, flags: string, digits: number | undefined): string => {
  const signed = (body: string) =>
    body.startsWith('-') ? body : flags.includes('+') ? `+${body}` : flags.includes(' ') ? ` ${body}` : body;
  const whole = (): bigint => {
    if (!isNumber(value))
      throw typeError(`%${type} format: a real number is required, not ${typeName(value)}`);
    return typeof value === 'number' ? truncate(value) : BigInt(value);
  };
  switch (type) {
    case 's':
    case 'r':
    case 'a': {
      const body = type === 's' ? toText(value) : repr(value);
      return digits === undefined ? body : textSlice(body, 0, digits);
    }
    case 'c':
      return typeof value === 'bigint' ? String.fromCodePoint(Number(value)) : toText(value);
    case 'd':
    case 'i':
    case 'u': {
      const n = whole();
      const body = String(n < 0n ? -n : n).padStart(digits ?? 0, '0');
      return signed(n < 0n ? `-${body}` : body);
    }
    case 'x':
    case 'X':
    case 'o': {
      const n = whole();
      const body = (n < 0n ? -n : n).toString(type === 'o' ? 8 : 16).padStart(digits ?? 0, '0');
      const prefix = flags.includes('#') ? `0${type}` : '';
      const text = type === 'X' ? body.toUpperCase() : body;
      return signed(`${n < 0n ? '-' : ''}${prefix}${text}`);
    }
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
      if (!isNumber(value)) throw typeError(`must be real number, not ${typeName(value)}`);
      return signed(floatText(Number(value), type, digits ?? 6, flags.includes('#')));
    default:
      throw valueError(`unsupported format character '${type}'`);
  }
};

const exponent = (text: string): string => text.replace(/e([+-])(\d)$/, 'e$10$2');

const floatText = (value: number, type: string, digits: number, alternate = false): string => {
  const upper = type === type.toUpperCase();
  const cased = (text: string) => (upper ? text.toUpperCase() : text);
  if (!Number.isFinite(value)) return cased(floatRepr(value));
  switch (type.toLowerCase()) {
    case 'f':
      return fixedDecimals(value, digits);
    case 'e':
      return cased(exponent(value.toExponential(Math.min(digits, 100))));
    default: {
      const precision = digits === 0 ? 1 : Math.min(digits, 100);
      const power = value === 0 ? 0 : Number(value.toExponential(precision - 1).split('e')[1]);
      const body =
        power < -4 || power >= precision
          ? exponent(value.toExponential(precision - 1))
          : fixedDecimals(value, precision - 1 - power);
      if (alternate) return cased(body);
      return cased(body.replace(/(\.\d*?)0+(?=e|$)/, '$1').replace(/\.(?=e|$)/, ''));
    }
  }
};

const SPEC = /^(?:(.)?([<>=^]))?([ +-])?(z)?(#)?(0)?(\d+)?([,_])?(?:\.(\d+))?([bcdeEfFgGnosxX%])?$/su;

/** `format(value, spec)`. */
export const formatValue = (value: Value, spec: string): string => {
  if (spec === '') return toText(value);
  const parts = SPEC.exec(spec);
  if (!parts) throw valueError(`Invalid format specifier '${spec}' for object of type '${typeName(value)}'`);
  const [, fillGiven, alignGiven, sign = '-', , alternate, zero, widthText, grouping, precisionText, type] =
    parts;
  const width = Number(widthText ?? 0);
  const precision = precisionText === undefined ? undefined : Number(precisionText);
  const fill = fillGiven ?? (zero ? '0' : ' ');
  let body: string;
  let numeric = true;
  if (typeof value === 'string' || (typeof value === 'object' && !isNumber(value))) {
    if (typeof value !== 'string') {
      throw typeError(`unsupported format string passed to ${typeName(value)}.__format__`);
    }
    if (type !== undefined && type !== 's')
      throw valueError(`Unknown format code '${type}' for object of type 'str'`);
    numeric = false;
    body = precision === undefined ? value : textSlice(value, 0, precision);
  } else {
    const isFloat = typeof value === 'number' || (type !== undefined && 'eEfFgG%'.includes(type));
    let digits: string;
    if (isFloat) {
      const n = Number(value);
      if (type === '%') digits = `${floatText(n * 100, 'f', precision ?? 6)}%`;
      else if (type === undefined && precision === undefined) digits = floatRepr(n);
      else if (type === undefined) {
        digits = floatText(n, 'g', precision!);
        if (!/[.en]/.test(digits)) digits += '.0';
      } else if (type === 'n') digits = floatText(n, 'g', precision ?? 6);
      else if ('dboxXcs'.includes(type))
        throw valueError(`Unknown format code '${type}' for object of type 'float'`);
      else digits = floatText(n, type, precision ?? 6, alternate !== undefined);
    } else if (typeof value === 'boolean' && type === undefined) {
      digits = String(Number(value));
    } else {
      const n = BigInt(value as bigint | boolean);
      const radix = { b: 2, o: 8, x: 16, X: 16 }[type ?? ''] ?? 10;
      if (type === 's') throw valueError("Unknown format code 's' for object of type 'int'");
      digits = type === 'c' ? String.fromCodePoint(Number(n)) : n.toString(radix);
      if (alternate && radix !== 10) digits = digits.replace(/^-?/, minus => `${minus}0${type}`);
      if (type === 'X') digits = digits.toUpperCase();
    }
    if (grouping) {
      const [, minus = '', integer = '', rest = ''] = /^(-?)(\d+)(.*)$/s.exec(digits) ?? [];
      if (integer !== '') digits = minus + integer.replace(/\B(?=(\d{3})+$)/g, grouping) + rest;
    }
    body = digits.startsWith('-') ? digits : sign === '-' ? digits : sign + digits;
  }
  const gap = width - textLength(body);
  if (gap <= 0) return body;
  const align = alignGiven ?? (zero && numeric ? '=' : numeric ? '>' : '<');
  if (align === '<') return body + fill.repeat(gap);
  if (align === '>') return fill.repeat(gap) + body;
  if (align === '^') {
    const left = Math.floor(gap / 2);
    return fill.repeat(left) + body + fill.repeat(gap - left);
  }
  if (!numeric) throw valueError("'=' alignment not allowed in string format specifier");
  const lead = /^[+\- ]?(0[xXbo])?/.exec(body)![0];
  return lead + fill.repeat(gap) + body.slice(lead.length);
};

/**
 * `text.format(...)`.
 *
 * @param lookup an attribute or element of a value, as `{0.name}` and `{0[key]}` ask for
 */
export const formatText = (
  text: string,
  args: Arguments,
  lookup: (value: Value, name: string, isAttribute: boolean) => Value,
): string => {
  let automatic = 0;
  const fieldValue = (field: string): Value => {
    const [, first = '', path = ''] = /^([^.[]*)(.*)$/s.exec(field) ?? [];
    let value: Value | undefined;
    if (first === '' || /^\d+$/.test(first)) {
      const at = first === '' ? automatic++ : Number(first);
      value = args.positional[at];
      if (value === undefined) {
        throw new PythonError('IndexError', `Replacement index ${at} out of range for positional args tuple`);
      }
    } else {
      value = args.named.get(first);
      if (value === undefined) throw new PythonError('KeyError', repr(first));
    }
    for (const [, name, key] of path.matchAll(/\.([^.[]+)|\[([^\]]+)\]/g)) {
      value = lookup(value, (name ?? key)!, name !== undefined);
    }
    return value;
  };
  const expand = (template: string, depth: number): string => {
    let out = '';
    let at = 0;
    while (at < template.length) {
      const char = template[at]!;
      if (depth === 0 && (char === '{' || char === '}') && template[at + 1] === char) {
        out += char;
        at += 2;
      } else if (char === '}') {
        throw valueError("Single '}' encountered in format string");
      } else if (char === '{') {
        let [end, open] = [at + 1, 1];
        while (end < template.length && open > 0) {
          if (template[end] === '{') open += 1;
          if (template[end] === '}') open -= 1;
          end += 1;
        }
        if (open > 0 || depth > 1) throw valueError("expected '}' before end of string");
        const inside = template.slice(at + 1, end - 1);
        const [, field = '', conversion, spec = ''] =
          /^([^!:]*(?:\[[^\]]*\][^!:]*)*)(?:!([rsa]))?(?::(.*))?$/s.exec(inside) ?? [];
        const value = fieldValue(field);
        const shown = conversion === undefined ? value : conversion === 's' ? toText(value) : repr(value);
        out += formatValue(shown, spec.includes('{') ? expand(spec, depth + 1) : spec);
        at = end;
      } else {
        out += char;
        at += 1;
      }
    }
    return out;
  };
  return expand(text, 0);
};
