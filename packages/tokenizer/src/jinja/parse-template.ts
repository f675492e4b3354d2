import { tokenize } from './lexer.js';
import type { Expression, MacroNode, Parameter, Statement, Target } from './nodes.js';
import { ExpressionParser } from './parse-expression.js';
import { TemplateSyntaxError } from './template-errors.js';

type Bare = Statement extends infer Each ? (Each extends Statement ? Omit<Each, 'line'> : never) : never;

const WITHOUT_LOADER = new Set(['extends', 'include', 'import', 'from']);
const SPECIAL = ['caller', 'kwargs', 'varargs'];
const DEEPEST = 100;

class TemplateParser extends ExpressionParser {
  #depth = 0;
  #loops = 0;

  template(): Statement[] {
    const body = this.statements([]);
    if (this.current.type !== 'end') this.fail(`Encountered unknown tag '${this.current.value}'.`);
    return body;
  }

  /** Statements up to a tag whose name is in `ends`; the tag's name is the current token then. */
  private statements(ends: readonly string[]): Statement[] {
    this.#depth += 1;
    if (this.#depth > DEEPEST) this.fail('statements are nested too deeply');
    const list: Statement[] = [];
    for (;;) {
      const { type, value, line } = this.current;
      if (type === 'end') {
        if (ends.length > 0) {
          this.fail(
            `Unexpected end of template. Jinja was looking for the following tags: '${ends.join("' or '")}'.`,
          );
        }
        break;
      }
      this.at += 1;
      if (type === 'data') list.push({ type: 'data', text: value, line });
      else if (type === 'variable_begin') {
        list.push({ type: 'output', expression: this.expressions(), line });
        this.end('variable_end');
      } else {
        if (this.current.type !== 'name') this.fail('tag name expected');
        if (ends.includes(this.current.value)) break;
        list.push({ ...this.statement(this.name()), line } as Statement);
        this.end('block_end');
      }
    }
    this.#depth -= 1;
    return list;
  }

  private end(type: 'variable_end' | 'block_end'): void {
    if (this.current.type !== type) {
      this.fail(
        `expected token 'end of ${type === 'block_end' ? 'statement block' : 'print statement'}', got '${this.current.value}'`,
      );
    }
    this.at += 1;
  }

  /** A block's body, through its end tag's name. */
  private body(end: string, conditional = false): Statement[] {
    this.end('block_end');
    const before = this.conditional;
    this.conditional = conditional;
    const body = this.statements([end]);
    this.conditional = before;
    this.at += 1;
    return body;
  }

  /** The same, where no loop of outside can be left. */
  private enclosed(end: string): Statement[] {
    const loops = this.#loops;
    this.#loops = 0;
    const body = this.body(end);
    this.#loops = loops;
    return body;
  }

  private statement(tag: string): Bare {
    switch (tag) {
      case 'for':
        return this.for();
      case 'if':
        return this.if();
      case 'set':
        return this.set();
      case 'macro':
        return this.macro();
      case 'call':
        return this.callBlock();
      case 'with':
        return this.with();
      case 'filter': {
        let filter = this.filter(undefined, false);
        while (this.is('|')) filter = this.filter(filter);
        return { type: 'filter-block', filter, body: this.body('endfilter') };
      }
      case 'block':
        return this.block();
      case 'autoescape':
        this.expression();
        return { type: 'scope', body: this.body('endautoescape'), isolated: false };
      case 'print':
        return { type: 'output', expression: this.expressions() };
      case 'generation':
        return { type: 'generation', body: this.enclosed('endgeneration') };
      case 'break':
      case 'continue':
        if (this.#loops === 0) this.fail(`'${tag}' outside loop`);
        return { type: tag };
      default:
        return this.fail(
          WITHOUT_LOADER.has(tag)
            ? `{% ${tag} %} needs other templates, and a chat template has none`
            : `Encountered unknown tag '${tag}'.`,
        );
    }
  }

  private target(): Target {
    const items: Target[] = [];
    let isTuple = false;
    do {
      if (items.length > 0) isTuple = true;
      if (this.is('in') || this.is('=') || this.current.type === 'block_end') break;
      if (this.skip('(')) {
        items.push(this.target());
        this.expect(')');
      } else {
        const name = this.name();
        if (['true', 'false', 'none', 'True', 'False', 'None'].includes(name))
          this.fail(`can't assign to '${name}'`);
        if (this.is('.')) {
          this.at += 1;
          items.push({ type: 'attribute', object: name, name: this.name() });
        } else items.push({ type: 'name', name });
      }
    } while (this.skip(','));
    return isTuple ? { type: 'tuple', items } : (items[0] ?? this.fail('expected a name to assign to'));
  }

  private for(): Bare {
    const target = this.target();
    this.expect('in');
    const iterable = this.expressions(false);
    const filter = this.skip('if') ? this.expression() : undefined;
    const recursive = this.skip('recursive');
    this.end('block_end');
    const before = this.conditional;
    this.conditional = false;
    this.#loops += 1;
    const body = this.statements(['else', 'endfor']);
    this.#loops -= 1;
    let otherwise: Statement[] = [];
    if (this.skip('else')) {
      this.end('block_end');
      otherwise = this.statements(['endfor']);
    }
    this.conditional = before;
    this.at += 1;
    return { type: 'for', target, iterable, filter, recursive, body, otherwise };
  }

  private if(): Bare {
    const branches: { test: Expression; body: Statement[] }[] = [];
    let otherwise: Statement[] = [];
    const before = this.conditional;
    this.conditional = true;
    for (;;) {
      const test = this.expressions(false);
      this.end('block_end');
      branches.push({ test, body: this.statements(['elif', 'else', 'endif']) });
      if (!this.skip('elif')) break;
    }
    if (this.skip('else')) {
      this.end('block_end');
      otherwise = this.statements(['endif']);
    }
    this.conditional = before;
    this.at += 1;
    return { type: 'if', branches, otherwise };
  }

  private set(): Bare {
    const target = this.target();
    if (this.skip('=')) return { type: 'set', target, value: this.expressions() };
    let filter: Expression | undefined;
    while (this.is('|')) filter = this.filter(filter);
    return { type: 'set-block', target, filter, body: this.body('endset') };
  }

  private with(): Bare {
    const bindings: [Target, Expression][] = [];
    while (this.current.type !== 'block_end') {
      if (bindings.length > 0) this.expect(',');
      const name = this.name();
      this.expect('=');
      bindings.push([{ type: 'name', name }, this.expression()]);
    }
    return { type: 'with', bindings, body: this.body('endwith') };
  }

  private block(): Bare {
    const name = this.name();
    const scoped = this.skip('scoped');
    this.skip('required');
    const body = this.enclosed('endblock');
    this.skip(name);
    return { type: 'scope', body, isolated: !scoped };
  }

  private parameters(): Parameter[] {
    const parameters: Parameter[] = [];
    this.expect('(');
    while (!this.is(')')) {
      if (parameters.length > 0) this.expect(',');
      const name = this.name();
      const fallback = this.skip('=') ? this.expression() : undefined;
      if (fallback === undefined && parameters.at(-1)?.default)
        this.fail('non-default argument follows default argument');
      parameters.push({ name, default: fallback });
    }
    this.expect(')');
    return parameters;
  }

  private macro(): Bare & MacroNode {
    const name = this.name();
    return this.macroBody(name, this.parameters(), 'endmacro');
  }

  private macroBody(name: string, parameters: Parameter[], end: string): MacroNode {
    const before = this.reads;
    this.reads = new Set();
    const body = this.enclosed(end);
    const reads = new Set(SPECIAL.filter(special => this.reads.has(special)));
    // Names read inside count for the macro around this one too.
    for (const read of this.reads) before.add(read);
    this.reads = before;
    return { type: 'macro', name, parameters, body, reads };
  }

  private callBlock(): Bare {
    const parameters = this.is('(') ? this.parameters() : [];
    const call = this.expression();
    if (call.type !== 'call') this.fail('expected call');
    return { type: 'call-block', call, macro: this.macroBody('caller', parameters, 'endcall') };
  }
}

/** A template's statements. @throws {TemplateSyntaxError} */
export const parseTemplate = (
  source: string,
  known: { filters: ReadonlySet<string>; tests: ReadonlySet<string> },
): Statement[] => {
  try {
    return new TemplateParser(tokenize(source), known).template();
  } catch (error) {
    if (error instanceof RangeError) throw new TemplateSyntaxError('it is nested too deeply', 1);
    throw error;
  }
};
