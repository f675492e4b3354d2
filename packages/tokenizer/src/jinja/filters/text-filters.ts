import { bind } from '../arguments.js';
import { asIndex } from '../numbers.js';
import { escapeText, iterate, toText, truthy } from '../operations.js';
import { typeError } from '../template-errors.js';
import { capitalize, codePoints, SPACE, splitLines, strip, textLength, textSlice } from '../text.js';
import { percentFormat } from '../text-format.js';
import { replaceText } from '../text-methods.js';
import { type JsonStyle, toJson } from '../to-json.js';
import { type Arguments, Dict, isText, Markup, Tuple, type Value } from '../values.js';

const index = (value: Value | undefined, fallback: number): number =>
  value === undefined ? fallback : asIndex(value);

const WORD_START = new RegExp(`([-({\\[<]|${SPACE})+`, 'g');

const title = (value: Value): string => {
  const text = toText(value);
  let out = '';
  let from = 0;
  const word = (part: string) => {
    const [first = '', ...rest] = Array.from(part);
    return first.toUpperCase() + rest.join('').toLowerCase();
  };
  for (const { 0: border, index: at } of text.matchAll(WORD_START)) {
    out += word(text.slice(from, at)) + word(border);
    from = at + border.length;
  }
  return out + word(text.slice(from));
};

const escapeMarkup = (value: Value): Markup =>
  value instanceof Markup ? value : new Markup(escapeText(toText(value)));

const indent = (value: Value, args: Arguments): string => {
  const [width = 4n, first = false, blank = false] = bind('indent', args, ['width', 'first', 'blank']);
  const by = isText(width) ? toText(width) : ' '.repeat(asIndex(width));
  const text = `${toText(value)}\n`;
  let out: string;
  if (truthy(blank)) out = splitLines(text, false).join(`\n${by}`);
  else {
    const [line = '', ...rest] = splitLines(text, false);
    out = [line, ...rest.map(each => (each === '' ? each : by + each))].join('\n');
  }
  return truthy(first) ? by + out : out;
};

const truncateText = (value: Value, args: Arguments): string => {
  const [length, killwords, end = '...', leeway] = bind('truncate', args, [
    'length',
    'killwords',
    'end',
    'leeway',
  ]);
  const text = toText(value);
  const [most, slack] = [index(length, 255), index(leeway, 5)];
  if (textLength(text) <= most + slack) return text;
  const cut = textSlice(text, 0, most - textLength(toText(end)));
  if (killwords !== undefined && truthy(killwords)) return cut + toText(end);
  return (cut.includes(' ') ? cut.slice(0, cut.lastIndexOf(' ')) : cut) + toText(end);
};

const wordwrap = (value: Value, args: Arguments): string => {
  const [width, breakLong = true, wrap, breakHyphens = true] = bind('wordwrap', args, [
    'width',
    'break_long_words',
    'wrapstring',
    'break_on_hyphens',
  ]);
  const most = index(width, 79);
  const joint = wrap === undefined || wrap === null ? '\n' : toText(wrap);
  return splitLines(toText(value), false)
    .map(line => wrapLine(line, most, truthy(breakLong), truthy(breakHyphens)).join(joint))
    .join(joint);
};

/** textwrap.wrap without dropping white space inside a line. */
const wrapLine = (line: string, width: number, breakLong: boolean, breakHyphens: boolean): string[] => {
  const pieces = (line.match(/ +|[^ ]+/g) ?? []).flatMap(piece =>
    breakHyphens && piece.trim() !== '' ? piece.split(/(?<=[\p{L}\p{N}_]-)(?=[\p{L}])/u) : [piece],
  );
  const lines: string[] = [];
  let current = '';
  const flush = () => {
    if (current.trimEnd() !== '') lines.push(current.trimEnd());
    current = '';
  };
  for (let piece of pieces) {
    if (current === '' && piece.trim() === '' && lines.length > 0) continue;
    if (textLength(current) + textLength(piece) <= width) {
      current += piece;
      continue;
    }
    if (breakLong && textLength(piece) > width) {
      const room = width - textLength(current);
      current += textSlice(piece, 0, room);
      piece = textSlice(piece, room);
      flush();
      while (textLength(piece) > width) {
        lines.push(textSlice(piece, 0, width));
        piece = textSlice(piece, width);
      }
      current = piece;
      continue;
    }
    flush();
    if (piece.trim() !== '') current = piece;
  }
  flush();
  return lines;
};

const tojson = (value: Value, args: Arguments): string => {
  const [ascii = false, indentation = null, separators = null, sort = false] = bind('tojson', args, [
    'ensure_ascii',
    'indent',
    'separators',
    'sort_keys',
  ]);
  const spaces =
    indentation === null
      ? undefined
      : isText(indentation)
        ? toText(indentation)
        : ' '.repeat(Math.max(0, asIndex(indentation)));
  const [item = spaces === undefined ? ', ' : ',', key = ': '] =
    separators === null ? [] : [...iterate(separators)].map(toText);
  const style: JsonStyle = {
    ensure_ascii: truthy(ascii),
    indent: spaces,
    separators: [item, key],
    sort_keys: truthy(sort),
  };
  return toJson(value, style);
};

const WORD = /[\p{L}\p{N}_]+/gu;
const encode = (text: string, safe: string): string =>
  Array.from(text, char =>
    safe.includes(char) || /[A-Za-z0-9_.~-]/.test(char)
      ? char
      : Array.from(
          new TextEncoder().encode(char),
          byte => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
        ).join(''),
  ).join('');

const urlencode = (value: Value): string => {
  if (isText(value) || (!(value instanceof Dict) && !Array.isArray(value) && !(value instanceof Tuple))) {
    return encode(toText(value), '/');
  }
  const pairs =
    value instanceof Dict ? [...value.entries.values()] : [...iterate(value)].map(pair => [...iterate(pair)]);
  const quoted = (part: Value) => encode(toText(part), '').replaceAll('%20', '+');
  return pairs.map(([key, item]) => `${quoted(key!)}=${quoted(item!)}`).join('&');
};

const format = (value: Value, { positional, named }: Arguments): string => {
  if (positional.length > 0 && named.size > 0) {
    throw typeError("can't handle positional and keyword arguments at the same time");
  }
  return percentFormat(toText(value), named.size > 0 ? Dict.of(named) : new Tuple(positional));
};

const xmlattr = (value: Value, args: Arguments): string => {
  const [space = true] = bind('xmlattr', args, ['autospace']);
  const pairs = [...(value as Dict).entries.values()].filter(
    ([, item]) => item !== null && toText(item) !== '',
  );
  const text = pairs
    .map(([key, item]) => `${escapeText(toText(key))}="${escapeText(toText(item))}"`)
    .join(' ');
  return text !== '' && truthy(space) ? ` ${text}` : text;
};

export const TEXT_FILTERS = {
  capitalize: (value: Value) => capitalize(toText(value)),
  center: (value: Value, args: Arguments) => {
    const [width] = bind('center', args, ['width']);
    const text = toText(value);
    const wide = Math.min(index(width, 80), 1e6);
    const gap = wide - textLength(text);
    const left = gap > 0 ? Math.floor(gap / 2) + (gap & wide & 1) : 0;
    return gap > 0 ? ' '.repeat(left) + text + ' '.repeat(gap - left) : text;
  },
  e: escapeMarkup,
  escape: escapeMarkup,
  forceescape: (value: Value) => new Markup(escapeText(toText(value))),
  format,
  indent,
  lower: (value: Value) => toText(value).toLowerCase(),
  replace: (value: Value, args: Arguments) => {
    const [old, by, count] = bind('replace', args, ['old', 'new', 'count'], 2);
    const most = count === undefined || count === null ? -1 : asIndex(count);
    return replaceText(toText(value), toText(old!), toText(by!), most);
  },
  safe: (value: Value) => new Markup(toText(value)),
  string: (value: Value) => (isText(value) ? value : toText(value)),
  striptags: (value: Value) =>
    toText(value)
      .replace(/<!--[\s\S]*?-->/g, '')
      .replace(/<[^>]*>/g, '')
      .split(new RegExp(`${SPACE}+`))
      .filter(word => word !== '')
      .join(' ')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
      .replaceAll('&#34;', '"')
      .replaceAll('&#39;', "'")
      .replaceAll('&amp;', '&'),
  title,
  tojson,
  trim: (value: Value, args: Arguments) => {
    const [chars] = bind('trim', args, ['chars']);
    return strip(toText(value), 'both', chars === undefined || chars === null ? undefined : toText(chars));
  },
  truncate: truncateText,
  upper: (value: Value) => toText(value).toUpperCase(),
  urlencode,
  wordcount: (value: Value) => BigInt(toText(value).match(WORD)?.length ?? 0),
  wordwrap,
  xmlattr,
  reverse: (value: Value): Value =>
    isText(value) ? [...codePoints(toText(value))].reverse().join('') : [...iterate(value)].reverse(),
};
