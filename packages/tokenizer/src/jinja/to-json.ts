import { floatRepr } from './numbers.js';
import { toText } from './operations.js';
import { typeError } from './template-errors.js';
import { compareText } from './text.js';
import { Dict, isText, Tuple, typeName, type Value } from './values.js';

export interface JsonStyle {
  ensure_ascii: boolean;
  /** Text of one level of indentation; undefined writes one line. */
  indent: string | undefined;
  separators: readonly [item: string, key: string];
  sort_keys: boolean;
}

/** `json.dumps(value)`. @throws {PythonError} TypeError for a value that JSON has not */
export const toJson = (value: Value, style: JsonStyle, level = 0): string => {
  if (value === null) return 'null';
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return floatJson(value);
  if (isText(value)) return quoted(toText(value), style.ensure_ascii);
  const items = value instanceof Tuple ? value.items : value;
  if (Array.isArray(items)) {
    return enclosed(
      '[',
      ']',
      items.map(item => toJson(item, style, level + 1)),
      style,
      level,
    );
  }
  if (value instanceof Dict) {
    let entries = [...value.entries.values()];
    if (style.sort_keys) entries = entries.sort(([a], [b]) => compareText(toText(a), toText(b)));
    const members = entries.map(
      ([key, item]) =>
        `${quoted(keyText(key), style.ensure_ascii)}${style.separators[1]}${toJson(item, style, level + 1)}`,
    );
    return enclosed('{', '}', members, style, level);
  }
  throw typeError(`Object of type ${typeName(value)} is not JSON serializable`);
};

const enclosed = (
  open: string,
  close: string,
  parts: readonly string[],
  { indent, separators }: JsonStyle,
  level: number,
): string => {
  if (parts.length === 0) return open + close;
  if (indent === undefined) return open + parts.join(separators[0]) + close;
  const line = `\n${indent.repeat(level + 1)}`;
  return `${open}${line}${parts.join(separators[0] + line)}\n${indent.repeat(level)}${close}`;
};

const floatJson = (value: number): string => {
  if (Number.isFinite(value)) return floatRepr(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
};

const keyText = (key: Value): string => {
  if (isText(key)) return toText(key);
  if (key === null) return 'null';
  if (typeof key === 'boolean' || typeof key === 'bigint') return String(key);
  if (typeof key === 'number') return floatJson(key);
  throw typeError(`keys must be str, int, float, bool or None, not ${typeName(key)}`);
};

const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON escapes them
const ALWAYS = /["\\\u0000-\u001f]/g;
const OUTSIDE_ASCII = /["\\]|[^ -~]/g;

const quoted = (text: string, ensure_ascii: boolean): string =>
  `"${text.replace(
    ensure_ascii ? OUTSIDE_ASCII : ALWAYS,
    char => SHORT[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )}"`;
