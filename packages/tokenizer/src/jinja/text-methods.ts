import { bind } from './arguments.js';
import { asIndex } from './numbers.js';
import { iterate, joinTexts, toText } from './operations.js';
import { TemplateRuntimeError, typeError, valueError } from './template-errors.js';
import {
  capitalize,
  codePoints,
  hasCase,
  isSpace,
  type Side,
  splitLines,
  splitText,
  splitWords,
  strip,
  swapCase,
  textLength,
  textSlice,
  title,
} from './text.js';
import { formatText } from './text-format.js';
import {
  type Arguments,
  Callable,
  type Dict,
  isText,
  type Markup,
  Tuple,
  typeName,
  type Value,
} from './values.js';

type Method = (text: string, args: Arguments, name: string) => Value;

const textOf = (value: Value | undefined, method: string): string => {
  if (value !== undefined && isText(value)) return toText(value);
  throw typeError(`${method} arg must be str, not ${value === undefined ? 'missing' : typeName(value)}`);
};

const stripped =
  (side: Side): Method =>
  (text, args, name) => {
    const [characters] = bind(name, args, ['chars']);
    return strip(
      text,
      side,
      characters === undefined || characters === null ? undefined : textOf(characters, name),
    );
  };

const split =
  (fromEnd: boolean): Method =>
  (text, args, name) => {
    const [separator, limit] = bind(name, args, ['sep', 'maxsplit']);
    const most = limit === undefined ? -1 : asIndex(limit);
    if (separator === undefined || separator === null) return splitWords(text, most, fromEnd);
    const at = textOf(separator, name);
    if (at === '') throw valueError('empty separator');
    return splitText(text, at, most, fromEnd);
  };

/** `text[start:end]`, and where it starts; start -1 where the start is behind the end. */
const part = (
  text: string,
  start: Value | undefined,
  end: Value | undefined,
): { part: string; start: number } => {
  const length = textLength(text);
  const place = (bound: Value | undefined, open: number) => {
    if (bound === undefined || bound === null) return open;
    const at = asIndex(bound);
    return at < 0 ? Math.max(at + length, 0) : at;
  };
  const [from, to] = [place(start, 0), Math.min(place(end, length), length)];
  return from > to ? { part: '', start: -1 } : { part: textSlice(text, from, to), start: from };
};

const find =
  (last: boolean, raises: boolean): Method =>
  (text, args, name) => {
    const [wanted, start, end] = bind(name, args, ['sub', 'start', 'end'], 1);
    const range = part(text, start, end);
    const sub = textOf(wanted, name);
    const at = range.start < 0 ? -1 : last ? range.part.lastIndexOf(sub) : range.part.indexOf(sub);
    if (at < 0) {
      if (raises) throw valueError('substring not found');
      return -1n;
    }
    return BigInt(range.start + textLength(range.part.slice(0, at)));
  };

const affix =
  (atEnd: boolean): Method =>
  (text, args, name) => {
    const [wanted, start, end] = bind(name, args, ['prefix', 'start', 'end'], 1);
    const range = part(text, start, end);
    const wants = wanted instanceof Tuple ? wanted.items : [wanted!];
    return wants.some(value => {
      const affix = textOf(value, name);
      if (range.start < 0) return false;
      return atEnd ? range.part.endsWith(affix) : range.part.startsWith(affix);
    });
  };

const partition =
  (fromEnd: boolean): Method =>
  (text, args, name) => {
    const separator = textOf(bind(name, args, ['sep'], 1)[0], name);
    if (separator === '') throw valueError('empty separator');
    const at = fromEnd ? text.lastIndexOf(separator) : text.indexOf(separator);
    if (at < 0) return new Tuple(fromEnd ? ['', '', text] : [text, '', '']);
    return new Tuple([text.slice(0, at), separator, text.slice(at + separator.length)]);
  };

const padded =
  (align: 'left' | 'right' | 'center'): Method =>
  (text, args, name) => {
    const [width, fillGiven] = bind(name, args, ['width', 'fillchar'], 1);
    const fill = fillGiven === undefined ? ' ' : textOf(fillGiven, name);
    if (textLength(fill) !== 1) throw typeError('The fill character must be exactly one character long');
    const wide = asIndex(width);
    if (wide > 1e6) throw new TemplateRuntimeError('a text is padded to more than a million characters');
    const gap = wide - textLength(text);
    if (gap <= 0) return text;
    if (align === 'left') return text + fill.repeat(gap);
    if (align === 'right') return fill.repeat(gap) + text;
    const left = Math.floor(gap / 2) + (gap & wide & 1);
    return fill.repeat(left) + text + fill.repeat(gap - left);
  };

const every =
  (pattern: RegExp, empty = false): Method =>
  text =>
    text === '' ? empty : pattern.test(text);

const counted: Method = (text, args, name) => {
  const [wanted, start, end] = bind(name, args, ['sub', 'start', 'end'], 1);
  const sub = textOf(wanted, name);
  const range = part(text, start, end);
  if (range.start < 0) return 0n;
  return BigInt(sub === '' ? textLength(range.part) + 1 : range.part.split(sub).length - 1);
};

/** `text.replace(old, new, count)`. */
export const replaceText = (text: string, old: string, by: string, count: number): string => {
  if (count < 0)
    return old === '' ? [...`${text}`, ''].map(char => by + char).join('') : text.replaceAll(old, () => by);
  if (old === '') {
    const points = [...codePoints(text)];
    return (
      points.map((char, i) => (i < count ? by + char : char)).join('') + (count > points.length ? by : '')
    );
  }
  const parts = splitText(text, old, count, false);
  return parts.join(by);
};

/** `separator.join(items)`. */
export const joinItems = (separator: string, items: Iterable<Value>): string => {
  let joined = '';
  let index = 0;
  for (const item of items) {
    if (!isText(item)) {
      throw typeError(`sequence item ${index}: expected str instance, ${typeName(item)} found`);
    }
    joined = joinTexts(joined, index === 0 ? toText(item) : separator + toText(item));
    index += 1;
  }
  return joined;
};

const zeroFilled: Method = (text, args, name) => {
  const wide = asIndex(bind(name, args, ['width'], 1)[0]);
  const gap = Math.min(wide, 1e6) - textLength(text);
  if (gap <= 0) return text;
  const sign = /^[+-]/.exec(text)?.[0] ?? '';
  return sign + '0'.repeat(gap) + text.slice(sign.length);
};

const expandTabs: Method = (text, args, name) => {
  const [given] = bind(name, args, ['tabsize']);
  const size = given === undefined ? 8 : asIndex(given);
  let column = 0;
  let out = '';
  for (const char of text) {
    if (char === '\t') {
      const gap = size > 0 ? size - (column % size) : 0;
      out += ' '.repeat(gap);
      column += gap;
    } else {
      out += char;
      column = char === '\n' || char === '\r' ? 0 : column + 1;
    }
  }
  return out;
};

const METHODS: Readonly<Record<string, Method>> = {
  upper: text => text.toUpperCase(),
  lower: text => text.toLowerCase(),
  casefold: text => text.toUpperCase().toLowerCase().replaceAll('ß', 'ss').replaceAll('ς', 'σ'),
  capitalize: text => capitalize(text),
  title: text => title(text),
  swapcase: text => swapCase(text),
  strip: stripped('both'),
  lstrip: stripped('start'),
  rstrip: stripped('end'),
  split: split(false),
  rsplit: split(true),
  splitlines: (text, args, name) => splitLines(text, bind(name, args, ['keepends'])[0] === true),
  find: find(false, false),
  rfind: find(true, false),
  index: find(false, true),
  rindex: find(true, true),
  count: counted,
  startswith: affix(false),
  endswith: affix(true),
  partition: partition(false),
  rpartition: partition(true),
  ljust: padded('left'),
  rjust: padded('right'),
  center: padded('center'),
  zfill: zeroFilled,
  expandtabs: expandTabs,
  replace: (text, args, name) => {
    const [old, by, count] = bind(name, args, ['old', 'new', 'count'], 2);
    return replaceText(text, textOf(old, name), textOf(by, name), count === undefined ? -1 : asIndex(count));
  },
  join: (text, args, name) => joinItems(text, iterate(bind(name, args, ['iterable'], 1)[0]!)),
  removeprefix: (text, args, name) => {
    const affix = textOf(bind(name, args, ['prefix'], 1)[0], name);
    return text.startsWith(affix) ? text.slice(affix.length) : text;
  },
  removesuffix: (text, args, name) => {
    const affix = textOf(bind(name, args, ['suffix'], 1)[0], name);
    return affix !== '' && text.endsWith(affix) ? text.slice(0, -affix.length) : text;
  },
  isalpha: every(/^\p{L}+$/u),
  isdecimal: every(/^\p{Nd}+$/u),
  isdigit: every(
    /^[\p{Nd}\u00b2\u00b3\u00b9\u2070\u2074-\u2079\u2080-\u2089\u2460-\u2468\u2474-\u247c\u2488-\u2490\u24ea\u24f5-\u24fd\u24ff\u2776-\u277e\u2780-\u2788\u278a-\u2792]+$/u,
  ),
  isnumeric: every(/^\p{N}+$/u),
  isalnum: every(/^[\p{L}\p{N}]+$/u),
  isascii: every(/^[\0-\x7f]*$/, true),
  isspace: text => isSpace(text),
  isupper: text => hasCase(text, 'upper'),
  islower: text => hasCase(text, 'lower'),
  istitle: text => hasCase(text, 'title'),
  isidentifier: every(/^[\p{XID_Start}_][\p{XID_Continue}]*$/u),
  isprintable: every(/^[^\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Zs}]*$|^(?:[^\p{C}\p{Z}]| )*$/u, true),
};

/** A method of a text; undefined where it has none of that name. */
export const textMethod = (
  value: string | Markup,
  name: string,
  lookup: (value: Value, name: string, isAttribute: boolean) => Value,
): Callable | undefined => {
  const text = toText(value);
  if (name === 'format' || name === 'format_map') {
    return new Callable(name, args => {
      if (name === 'format') return formatText(text, args, lookup);
      const [map] = bind(name, args, ['mapping'], 1);
      const named = new Map([...(map as Dict).entries.values()].map(([key, item]) => [toText(key), item]));
      return formatText(text, { positional: [], named }, lookup);
    });
  }
  const method = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
  return method && new Callable(name, args => method(text, args, name), 'builtin_function_or_method');
};
