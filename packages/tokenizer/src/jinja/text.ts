/** Python's white space, as a class of a regular expression; JavaScript's `\s` differs in six characters. */
export const SPACE = '[\\t-\\r\\x1c- \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';

const SPACES_AT_START = new RegExp(`^${SPACE}+`);
const SPACES = new RegExp(SPACE);
const ONLY_SPACE = new RegExp(`^${SPACE}+$`);
const SURROGATE = /[\ud800-\udfff]/;

export const isSpace = (text: string): boolean => ONLY_SPACE.test(text);

/** Characters as Python counts them: code points. A text without surrogates is its own list. */
export const codePoints = (text: string): string | string[] =>
  SURROGATE.test(text) ? Array.from(text) : text;

export const textLength = (text: string): number => codePoints(text).length;

/** `text[from:to]` in code points. */
export const textSlice = (text: string, from: number, to?: number): string => {
  const points = codePoints(text);
  return typeof points === 'string' ? points.slice(from, to) : points.slice(from, to).join('');
};

export type Side = 'both' | 'start' | 'end';

/** `str.strip`, `lstrip` or `rstrip`; `characters` is a set of characters, white space where absent. */
export const strip = (text: string, side: Side, characters?: string): string => {
  if (characters === undefined) {
    let bare = text;
    if (side !== 'end') bare = bare.replace(SPACES_AT_START, '');
    if (side === 'start') return bare;
    let end = bare.length;
    while (end > 0 && isSpace(bare[end - 1]!)) end -= 1;
    return bare.slice(0, end);
  }
  const stripped = new Set(characters);
  const points = Array.from(text);
  let [first, last] = [0, points.length];
  while (side !== 'end' && first < last && stripped.has(points[first]!)) first += 1;
  while (side !== 'start' && last > first && stripped.has(points[last - 1]!)) last -= 1;
  return points.slice(first, last).join('');
};

/** `str.split` (or `rsplit`) without a separator; `limit` below 0 is none. The last part keeps its outer white space. */
export const splitWords = (text: string, limit: number, fromEnd: boolean): string[] => {
  const words: string[] = [];
  let rest = strip(text, fromEnd ? 'end' : 'start');
  while (rest !== '' && (limit < 0 || words.length < limit)) {
    const at = fromEnd ? lastSpace(rest) : rest.search(SPACES);
    words.push(at < 0 ? rest : fromEnd ? rest.slice(at + 1) : rest.slice(0, at));
    rest = at < 0 ? '' : fromEnd ? strip(rest.slice(0, at), 'end') : strip(rest.slice(at), 'start');
  }
  if (rest !== '') words.push(rest);
  return fromEnd ? words.reverse() : words;
};

const lastSpace = (text: string): number => {
  for (let at = text.length - 1; at >= 0; at--) if (isSpace(text[at]!)) return at;
  return -1;
};

/** `str.split(separator, limit)` or `rsplit`. */
export const splitText = (text: string, separator: string, limit: number, fromEnd: boolean): string[] => {
  const parts = text.split(separator);
  if (limit < 0 || parts.length <= limit + 1) return parts;
  return fromEnd
    ? [parts.slice(0, parts.length - limit).join(separator), ...parts.slice(parts.length - limit)]
    : [...parts.slice(0, limit), parts.slice(limit).join(separator)];
};

const LINE_END = '\\n\\r\\v\\f\\x1c-\\x1e\\x85\\u2028\\u2029';
const LINES = new RegExp(`[^${LINE_END}]*(?:\\r\\n|[${LINE_END}]|$)`, 'g');
const END_OF_LINE = new RegExp(`(?:\\r\\n|[${LINE_END}])$`);

/** `str.splitlines`. */
export const splitLines = (text: string, keepEnds: boolean): string[] => {
  const lines = text.match(LINES) ?? [];
  if (lines.at(-1) === '') lines.pop();
  return keepEnds ? lines : lines.map(line => line.replace(END_OF_LINE, ''));
};

// Digraphs whose title form is a letter of its own.
const TITLES: Readonly<Record<string, string>> = {
  Ǆ: 'ǅ',
  ǅ: 'ǅ',
  ǆ: 'ǅ',
  Ǉ: 'ǈ',
  ǈ: 'ǈ',
  ǉ: 'ǈ',
  Ǌ: 'ǋ',
  ǋ: 'ǋ',
  ǌ: 'ǋ',
  Ǳ: 'ǲ',
  ǲ: 'ǲ',
  ǳ: 'ǲ',
};

/** One character in title case. */
export const titleCharacter = (char: string): string => {
  if (TITLES[char]) return TITLES[char];
  // Georgian letters have capitals, but not in titles.
  if (/[\u10d0-\u10ff]/.test(char)) return char;
  const [first = '', ...more] = Array.from(char.toUpperCase());
  return first + more.join('').toLowerCase();
};

/** `str.capitalize`. */
export const capitalize = (text: string): string => {
  const [first, ...rest] = Array.from(text);
  return first === undefined ? '' : titleCharacter(first) + rest.join('').toLowerCase();
};

const isCased = (char: string) => /[\p{Uppercase}\p{Lowercase}\p{Lt}]/u.test(char);

/** `str.title`. */
export const title = (text: string): string => {
  let inWord = false;
  let out = '';
  for (const char of text) {
    const cased = isCased(char);
    out += cased ? (inWord ? char.toLowerCase() : titleCharacter(char)) : char;
    inWord = cased;
  }
  return out;
};

/** `str.swapcase`. */
export const swapCase = (text: string): string =>
  Array.from(text, char => (/\p{Uppercase}/u.test(char) ? char.toLowerCase() : char.toUpperCase())).join('');

/** `str.istitle`, `isupper` and `islower`. */
export const hasCase = (text: string, wanted: 'title' | 'upper' | 'lower'): boolean => {
  let found = false;
  let inWord = false;
  for (const char of text) {
    const [upper, lower] = [/[\p{Uppercase}]/u.test(char), /[\p{Lowercase}]/u.test(char)];
    const titled = /\p{Lt}/u.test(char);
    if (wanted === 'upper' && (lower || titled)) return false;
    if (wanted === 'lower' && (upper || titled)) return false;
    if (wanted === 'title' && (upper || titled) && inWord) return false;
    if (wanted === 'title' && lower && !inWord) return false;
    inWord = upper || lower || titled;
    if (wanted === 'title' ? inWord : wanted === 'upper' ? upper : lower) found = true;
  }
  return found;
};

/** Python's order of two texts: by code point. */
export const compareText = (a: string, b: string): number => {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x === y) continue;
    // Surrogates stand for code points above all other units.
    const [xHigh, yHigh] = [x >= 0xd800 && x <= 0xdfff, y >= 0xd800 && y <= 0xdfff];
    return xHigh === yHigh ? x - y : xHigh ? 1 : -1;
  }
  return a.length - b.length;
};
