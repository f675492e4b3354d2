import type { Token } from './lexer.js';
import type { CallArguments, Expression } from './nodes.js';
import { parseInteger } from './numbers.js';
import { TemplateSyntaxError } from './template-errors.js';

const NO_ARGUMENTS: CallArguments = { positional: [], named: [], spread: undefined, spreadNamed: undefined };
const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=']);
const CONSTANTS: Readonly<Record<string, boolean | null>> = {
  true: true,
  True: true,
  false: false,
  False: false,
  none: null,
  None: null,
};
const DEEPEST = 200;

/** Reader of a template's tokens, and of the expressions among them. */
export class ExpressionParser {
  protected at = 0;
  #depth = 0;
  /** True inside `if`, where an unknown filter or test fails only when it is reached. */
  protected conditional = false;
  /** The special names that the macro being read uses. */
  protected reads = new Set<string>();

  constructor(
    protected readonly tokens: readonly Token[],
    readonly known: { filters: ReadonlySet<string>; tests: ReadonlySet<string> },
  ) {}

  protected get current(): Token {
    return this.tokens[this.at]!;
  }

  protected fail(reason: string, line = this.current.line): never {
    throw new TemplateSyntaxError(reason, line);
  }

  protected is(value: string, offset = 0): boolean {
    const token = this.tokens[this.at + offset];
    return (
      token !== undefined && (token.type === 'operator' || token.type === 'name') && token.value === value
    );
  }

  protected skip(value: string): boolean {
    if (!this.is(value)) return false;
    this.at += 1;
    return true;
  }

  protected expect(value: string): void {
    if (!this.skip(value))
      this.fail(`expected token '${value}', got '${this.current.value || 'end of template'}'`);
  }

  protected name(): string {
    if (this.current.type !== 'name') this.fail(`expected token 'name', got '${this.current.value}'`);
    return this.tokens[this.at++]!.value;
  }

  /** An expression, with a tuple where commas follow. */
  protected expressions(withConditional = true, explicitParentheses = false): Expression {
    const items: Expression[] = [];
    let isTuple = false;
    for (;;) {
      if (items.length > 0 || isTuple) {
        if (!this.skip(',')) break;
        isTuple = true;
      }
      if (this.tupleEnds()) break;
      items.push(withConditional ? this.expression() : this.or());
      if (!isTuple && !this.is(',')) break;
      isTuple = true;
    }
    if (!isTuple && items.length === 1) return items[0]!;
    if (items.length === 0 && !explicitParentheses)
      this.fail(`Expected an expression, got '${this.current.value}'`);
    return { type: 'tuple', items };
  }

  private tupleEnds(): boolean {
    return this.current.type === 'variable_end' || this.current.type === 'block_end' || this.is(')');
  }

  protected expression(): Expression {
    this.#depth += 1;
    if (this.#depth > DEEPEST) this.fail('expressions are nested too deeply');
    const conditional = this.conditional;
    // The branches come before the word `if` is seen, so unknown filters in them are looked for later.
    this.conditional ||= this.hasConditional();
    let value = this.or();
    while (this.skip('if')) {
      const test = this.or();
      const otherwise = this.skip('else') ? this.expression() : undefined;
      value = { type: 'conditional', test, whenTrue: value, otherwise };
    }
    this.conditional = conditional;
    this.#depth -= 1;
    return value;
  }

  private hasConditional(): boolean {
    let open = 0;
    for (let i = this.at; i < this.tokens.length; i++) {
      const { type, value } = this.tokens[i]!;
      if (type === 'block_end' || type === 'variable_end' || type === 'data') return false;
      if (type === 'operator' && '([{'.includes(value)) open += 1;
      if (type === 'operator' && ')]}'.includes(value)) open -= 1;
      if (open < 0 || (open === 0 && type === 'operator' && value === ',')) return false;
      if (open === 0 && type === 'name' && value === 'if') return true;
    }
    return false;
  }

  private or(): Expression {
    let left = this.and();
    while (this.skip('or')) left = { type: 'or', left, right: this.and() };
    return left;
  }

  private and(): Expression {
    let left = this.not();
    while (this.skip('and')) left = { type: 'and', left, right: this.not() };
    return left;
  }

  private not(): Expression {
    if (!this.skip('not')) return this.compare();
    this.#depth += 1;
    if (this.#depth > DEEPEST) this.fail('expressions are nested too deeply');
    const operand = this.not();
    this.#depth -= 1;
    return { type: 'not', operand };
  }

  private compare(): Expression {
    const first = this.sum();
    const rest: { operator: string; operand: Expression }[] = [];
    for (;;) {
      const { type, value } = this.current;
      if (type === 'operator' && COMPARISONS.has(value)) {
        this.at += 1;
        rest.push({ operator: value, operand: this.sum() });
      } else if (this.skip('in')) rest.push({ operator: 'in', operand: this.sum() });
      else if (this.is('not') && this.is('in', 1)) {
        this.at += 2;
        rest.push({ operator: 'not in', operand: this.sum() });
      } else break;
    }
    return rest.length === 0 ? first : { type: 'compare', first, rest };
  }

  private binary(operators: readonly string[], operand: () => Expression): Expression {
    let left = operand();
    while (this.current.type === 'operator' && operators.includes(this.current.value)) {
      const operator = this.tokens[this.at++]!.value;
      left = { type: 'binary', operator, left, right: operand() };
    }
    return left;
  }

  private sum(): Expression {
    return this.binary(['+', '-'], () => this.concat());
  }

  private concat(): Expression {
    const product = () => this.binary(['*', '/', '//', '%'], () => this.binary(['**'], () => this.unary()));
    const parts = [product()];
    while (this.skip('~')) parts.push(product());
    return parts.length === 1 ? parts[0]! : { type: 'concat', parts };
  }

  private unary(withFilter = true): Expression {
    let node: Expression;
    if (this.is('-') || this.is('+')) {
      const type = this.is('-') ? 'negative' : 'positive';
      this.at += 1;
      this.#depth += 1;
      if (this.#depth > DEEPEST) this.fail('expressions are nested too deeply');
      node = { type, operand: this.unary(false) };
      this.#depth -= 1;
    } else {
      node = this.primary();
    }
    node = this.postfix(node);
    if (!withFilter) return node;
    return this.filters(node);
  }

  private primary(): Expression {
    const token = this.current;
    switch (token.type) {
      case 'name':
        this.at += 1;
        if (Object.hasOwn(CONSTANTS, token.value)) {
          return { type: 'constant', value: CONSTANTS[token.value]! };
        }
        this.reads.add(token.value);
        return { type: 'name', name: token.value };
      case 'string': {
        let value = '';
        while (this.current.type === 'string') value += this.tokens[this.at++]!.value;
        return { type: 'constant', value };
      }
      case 'integer':
        this.at += 1;
        return {
          type: 'constant',
          value: parseInteger(token.value, /^0[box]/i.test(token.value) ? 0n : 10n),
        };
      case 'float':
        this.at += 1;
        return { type: 'constant', value: Number(token.value.replaceAll('_', '')) };
      default:
    }
    if (this.skip('(')) {
      const value = this.expressions(true, true);
      this.expect(')');
      return value;
    }
    if (this.skip('[')) return { type: 'list', items: this.until(']', () => this.expression()) };
    if (this.skip('{')) {
      const entries = this.until('}', (): [Expression, Expression] => {
        const key = this.expression();
        this.expect(':');
        return [key, this.expression()];
      });
      return { type: 'dict', entries };
    }
    return this.fail(`unexpected '${token.value || 'end of template'}'`);
  }

  /** A list with commas, one of which may stand at its end. */
  private until<T>(close: string, item: () => T): T[] {
    const items: T[] = [];
    while (!this.is(close)) {
      if (items.length > 0) this.expect(',');
      if (this.is(close)) break;
      items.push(item());
    }
    this.expect(close);
    return items;
  }

  private postfix(start: Expression): Expression {
    let node = start;
    for (;;) {
      if (this.is('.') || this.is('[')) node = this.subscript(node);
      else if (this.is('(')) node = { type: 'call', callee: node, args: this.arguments() };
      else return node;
    }
  }

  private filters(start: Expression): Expression {
    let node = start;
    for (;;) {
      if (this.is('|')) node = this.filter(node);
      else if (this.is('is')) node = this.test(node);
      else if (this.is('(')) node = { type: 'call', callee: node, args: this.arguments() };
      else return node;
    }
  }

  private subscript(object: Expression): Expression {
    if (this.skip('.')) {
      const token = this.tokens[this.at++]!;
      if (token.type === 'name') return { type: 'attribute', object, name: token.value };
      if (token.type !== 'integer') this.fail('expected name or number');
      return { type: 'item', object, key: { type: 'constant', value: BigInt(token.value) } };
    }
    this.expect('[');
    const parts = this.until(']', () => this.index());
    if (parts.length === 1) {
      const [part] = parts;
      return 'bounds' in part!
        ? { type: 'slice', object, bounds: part.bounds }
        : { type: 'item', object, key: part! };
    }
    if (parts.length === 0) this.fail("Expected an expression, got ']'");
    return { type: 'item', object, key: { type: 'tuple', items: parts as Expression[] } };
  }

  private index(): Expression | { bounds: (Expression | undefined)[] } {
    const bounds: (Expression | undefined)[] = [undefined];
    if (!this.is(':')) bounds[0] = this.expression();
    if (!this.is(':')) return bounds[0]!;
    while (this.skip(':')) {
      if (bounds.length > 2) this.fail("unexpected ':'");
      bounds.push(this.is(':') || this.is(']') || this.is(',') ? undefined : this.expression());
    }
    return { bounds };
  }

  protected arguments(): CallArguments {
    this.expect('(');
    const args: CallArguments = { positional: [], named: [], spread: undefined, spreadNamed: undefined };
    let first = true;
    while (!this.is(')')) {
      if (!first) this.expect(',');
      first = false;
      if (this.is(')')) break;
      if (this.skip('**')) args.spreadNamed = this.expression();
      else if (this.skip('*')) args.spread = this.expression();
      else if (this.current.type === 'name' && this.is('=', 1)) {
        const name = this.name();
        this.expect('=');
        args.named.push([name, this.expression()]);
      } else {
        if (args.named.length > 0 || args.spreadNamed)
          this.fail('invalid syntax for function call expression');
        args.positional.push(this.expression());
      }
    }
    this.expect(')');
    return args;
  }

  /** One filter behind `|`; `{% filter %}` has its first without one. */
  protected filter(value: Expression | undefined, bar = true): Expression {
    if (bar) this.expect('|');
    const line = this.current.line;
    const name = this.dotted();
    if (!this.conditional && !this.known.filters.has(name)) this.fail(`No filter named '${name}'.`, line);
    return { type: 'filter', name, value, args: this.is('(') ? this.arguments() : NO_ARGUMENTS };
  }

  private dotted(): string {
    let name = this.name();
    while (this.skip('.')) name += `.${this.name()}`;
    return name;
  }

  private test(value: Expression): Expression {
    this.expect('is');
    const negated = this.skip('not');
    const line = this.current.line;
    const name = this.dotted();
    let args = NO_ARGUMENTS;
    const { type, value: next } = this.current;
    if (this.is('(')) args = this.arguments();
    else if (
      ['name', 'string', 'integer', 'float'].includes(type) ||
      (type === 'operator' && '[{'.includes(next))
    ) {
      if (!['else', 'or', 'and', 'is', 'if', 'in', 'not'].includes(next) || type === 'string') {
        if (this.is('is')) this.fail('You cannot chain multiple tests with is');
        args = { ...NO_ARGUMENTS, positional: [this.postfix(this.primary())] };
      }
    }
    if (!this.conditional && !this.known.tests.has(name)) this.fail(`No test named '${name}'.`, line);
    const test: Expression = { type: 'test', name, value, args };
    return negated ? { type: 'not', operand: test } : test;
  }
}
