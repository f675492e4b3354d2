import { TemplateSyntaxError } from './template-errors.js';
import { isSpace, SPACE, strip } from './text.js';

export interface Token {
  type:
    | 'data'
    | 'block_begin'
    | 'block_end'
    | 'variable_begin'
    | 'variable_end'
    | 'name'
    | 'string'
    | 'integer'
    | 'float'
    | 'operator'
    | 'end';
  value: string;
  line: number;
}

const OPENING = /\{%([-+]?)|\{\{([-+]?)|\{#([-+]?)/g;
const RAW_BEGIN = new RegExp(`\\{%[-+]?${SPACE}*raw${SPACE}*(?:-%\\}${SPACE}*|%\\})`, 'y');
const RAW_END = new RegExp(`\\{%([-+]?)${SPACE}*endraw${SPACE}*(?:\\+%\\}|-%\\}${SPACE}*|%\\}\\n?)`, 'g');
const COMMENT_END = new RegExp(`\\+#\\}|-#\\}${SPACE}*|#\\}\\n?`, 'g');
const BLOCK_END = new RegExp(`\\+%\\}|-%\\}${SPACE}*|%\\}\\n?`, 'y');
const VARIABLE_END = new RegExp(`-\\}\\}${SPACE}*|\\}\\}`, 'y');
const SPACES = new RegExp(`${SPACE}+`, 'y');
const FLOAT = /(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?e[+-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)/iy;
const INTEGER = /0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[\da-f])+|[1-9](?:_?\d)*|0(?:_?0)*/iy;
const NAME = /[\p{L}\p{N}\p{M}\p{Pc}]+/uy;
const IDENTIFIER = /^[\p{XID_Start}_]\p{XID_Continue}*$/u;
const STRING = /'([^'\\]*(?:\\[\s\S][^'\\]*)*)'|"([^"\\]*(?:\\[\s\S][^"\\]*)*)"/y;
const OPERATOR = /\/\/|\*\*|==|!=|>=|<=|[-+/*%~[\](){}><=.:|,;]/y;

/**
 * Tokens of a template under trim_blocks and lstrip_blocks, with line ends as line feeds and the last one dropped.
 *
 * @throws {TemplateSyntaxError}
 * @see Jinja2 3.1.6 `lexer.py`
 */
export const tokenize = (template: string): Token[] => {
  const source = template.replace(/\r\n?/g, '\n').replace(/\n$/, '');
  const tokens: Token[] = [];
  let at = 0;
  let line = 1;
  let atLineStart = true;
  const advance = (to: number) => {
    for (let i = source.indexOf('\n', at); i >= 0 && i < to; i = source.indexOf('\n', i + 1)) line += 1;
    if (to > at) atLineStart = source[to - 1] === '\n';
    at = to;
  };
  /** Text before a tag; `sign` is the tag's `-` or `+`. */
  const data = (to: number, sign: string, isVariable: boolean) => {
    let text = source.slice(at, to);
    if (sign === '-') text = strip(text, 'end');
    else if (sign !== '+' && !isVariable) {
      const lineStart = text.lastIndexOf('\n') + 1;
      if ((lineStart > 0 || atLineStart) && isSpace(text.slice(lineStart))) text = text.slice(0, lineStart);
    }
    if (text !== '') tokens.push({ type: 'data', value: text, line });
    advance(to);
  };
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(source)?.[0];
  };

  while (at < source.length) {
    OPENING.lastIndex = at;
    const opening = OPENING.exec(source);
    if (!opening) {
      data(source.length, '+', true);
      break;
    }
    const sign = opening[1] ?? opening[2] ?? opening[3] ?? '';
    const kind = opening[0][1]!;
    data(opening.index, sign, kind === '{');
    if (kind === '#') {
      COMMENT_END.lastIndex = at + opening[0].length;
      const end = COMMENT_END.exec(source);
      if (!end) throw new TemplateSyntaxError('Missing end of comment tag', line);
      advance(COMMENT_END.lastIndex);
      continue;
    }
    const raw = kind === '%' ? match(RAW_BEGIN) : undefined;
    if (raw !== undefined) {
      advance(at + raw.length);
      RAW_END.lastIndex = at;
      const end = RAW_END.exec(source);
      if (!end) throw new TemplateSyntaxError('Missing end of raw directive', line);
      data(end.index, end[1]!, false);
      advance(end.index + end[0].length);
      continue;
    }
    const isBlock = kind === '%';
    tokens.push({ type: isBlock ? 'block_begin' : 'variable_begin', value: opening[0], line });
    advance(at + opening[0].length);
    inside(isBlock);
  }
  tokens.push({ type: 'end', value: '', line });
  return tokens;

  function inside(isBlock: boolean): void {
    const open: string[] = [];
    for (;;) {
      if (at >= source.length) throw new TemplateSyntaxError('unexpected end of template', line);
      const end = open.length === 0 ? match(isBlock ? BLOCK_END : VARIABLE_END) : undefined;
      if (end !== undefined) {
        tokens.push({ type: isBlock ? 'block_end' : 'variable_end', value: end, line });
        advance(at + end.length);
        return;
      }
      const spaces = match(SPACES);
      if (spaces !== undefined) {
        advance(at + spaces.length);
        continue;
      }
      const token = next();
      if (token.type === 'operator') {
        const closing = { '(': ')', '[': ']', '{': '}' }[token.value];
        if (closing) open.push(closing);
        else if (')]}'.includes(token.value) && open.pop() !== token.value) {
          throw new TemplateSyntaxError(`unexpected '${token.value}'`, line);
        }
      }
      tokens.push(token);
    }
  }

  function next(): Token {
    const start = line;
    const found =
      (source[at - 1] === '.' ? undefined : tokenOf('float', FLOAT)) ??
      tokenOf('integer', INTEGER) ??
      tokenOf('name', NAME) ??
      tokenOf('string', STRING) ??
      tokenOf('operator', OPERATOR);
    if (!found) throw new TemplateSyntaxError(`unexpected char ${JSON.stringify(source[at])}`, line);
    if (found.type === 'name' && !IDENTIFIER.test(found.value)) {
      throw new TemplateSyntaxError('Invalid character in identifier', line);
    }
    return { ...found, line: start };
  }

  function tokenOf(type: Token['type'], pattern: RegExp): Token | undefined {
    const text = match(pattern);
    if (text === undefined) return undefined;
    advance(at + text.length);
    return { type, value: type === 'string' ? unescapeText(text.slice(1, -1)) : text, line };
  }
};

const ESCAPES: Readonly<Record<string, string>> = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** Python's escapes in a string literal; an unknown one keeps its backslash. */
const unescapeText = (text: string): string =>
  text.replace(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{1,3})|([\s\S]))/g,
    (all, hex, short, long, octal, char) => {
      const code = hex ?? short ?? long;
      if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
      if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
      return ESCAPES[char] ?? all;
    },
  );
