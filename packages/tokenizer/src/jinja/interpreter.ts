import { getAttribute, getItem, slice } from './attributes.js';
import { FILTERS } from './filters/filters.js';
import { Loop } from './loop.js';
import type { CallArguments, Expression, MacroNode, Statement, Target } from './nodes.js';
import { arithmetic, holds, iterate, joinTexts, signed, toText, truthy } from './operations.js';
import { Scope } from './scope.js';
import { TemplateRuntimeError, typeError, valueError } from './template-errors.js';
import { TESTS } from './tests.js';
import { percentFormat } from './text-format.js';
import {
  type Arguments,
  Callable,
  Dict,
  isText,
  Markup,
  Namespace,
  type Rendering,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from './values.js';

/**
 * Steps that one rendering may take: each evaluated expression or statement, and each element that a filter goes
 * through, is one. A conversation of 1,000 messages takes about 100,000. All of them take about a second.
 */
export const MOST_STEPS = 4_000_000;
const DEEPEST_CALL = 150;

/** Text under construction, and the generated spans that stand in it directly. */
interface Output {
  text: string;
  readonly isRoot: boolean;
}

export interface Rendered {
  text: string;
  generated: { start: number; end: number }[];
  /** True when a generation block stood inside a macro or captured block, where its position cannot be known. */
  hasNestedGeneration: boolean;
}

type Flow = 'break' | 'continue' | undefined;

/** One rendering of a parsed template. */
export class Interpreter implements Rendering {
  #steps = 0;
  #depth = 0;
  #line = 1;
  readonly #generated: { start: number; end: number }[] = [];
  #hasNestedGeneration = false;

  /** @param marks written around generation blocks that are not in the root's text */
  constructor(
    readonly globals: Scope,
    readonly marks?: readonly [open: string, close: string],
  ) {}

  get line(): number {
    return this.#line;
  }

  render(template: readonly Statement[]): Rendered {
    const output: Output = { text: '', isRoot: true };
    try {
      this.#run(template, new Scope(this.globals), output);
    } catch (error) {
      if (error instanceof RangeError) throw new TemplateRuntimeError('maximum recursion depth exceeded');
      throw error;
    }
    return {
      text: output.text,
      generated: this.#generated,
      hasNestedGeneration: this.#hasNestedGeneration,
    };
  }

  spend(steps: number): void {
    this.#steps += steps;
    if (this.#steps > MOST_STEPS) {
      throw new TemplateRuntimeError(
        `it takes more than ${MOST_STEPS.toLocaleString('en')} steps; does a loop never end?`,
      );
    }
  }

  filter(name: string, value: Value, args: Arguments): Value {
    const filter = Object.hasOwn(FILTERS, name) ? FILTERS[name] : undefined;
    if (!filter) throw new TemplateRuntimeError(`No filter named '${name}'.`);
    return filter(value, args, this);
  }

  test(name: string, value: Value, args: Arguments): boolean {
    if (name === 'filter') return Object.hasOwn(FILTERS, toText(value));
    if (name === 'test') return Object.hasOwn(TESTS, toText(value));
    const test = Object.hasOwn(TESTS, name) ? TESTS[name] : undefined;
    if (!test) throw new TemplateRuntimeError(`No test named '${name}'.`);
    return test(value, args);
  }

  #write(output: Output, text: string): void {
    output.text = joinTexts(output.text, text);
  }

  #capture(body: readonly Statement[], scope: Scope): string {
    const output: Output = { text: '', isRoot: false };
    this.#run(body, scope, output);
    return output.text;
  }

  #run(statements: readonly Statement[], scope: Scope, output: Output): Flow {
    for (const statement of statements) {
      this.#line = statement.line;
      this.spend(1);
      const flow = this.#statement(statement, scope, output);
      if (flow) return flow;
    }
    return undefined;
  }

  #statement(statement: Statement, scope: Scope, output: Output): Flow {
    switch (statement.type) {
      case 'data':
        this.#write(output, statement.text);
        return undefined;
      case 'output':
        this.#write(output, toText(this.#evaluate(statement.expression, scope)));
        return undefined;
      case 'if': {
        const branch = statement.branches.find(({ test }) => truthy(this.#evaluate(test, scope)));
        return this.#run(branch?.body ?? statement.otherwise, scope, output);
      }
      case 'for':
        this.#for(statement, scope, output);
        return undefined;
      case 'set':
        this.#assign(statement.target, this.#evaluate(statement.value, scope), scope);
        return undefined;
      case 'set-block': {
        const text = this.#capture(statement.body, new Scope(scope));
        const value = statement.filter ? this.#filtered(statement.filter, text, scope) : text;
        this.#assign(statement.target, value, scope);
        return undefined;
      }
      case 'with': {
        const inner = new Scope(scope);
        for (const [target, value] of statement.bindings)
          this.#assign(target, this.#evaluate(value, scope), inner);
        return this.#run(statement.body, inner, output);
      }
      case 'scope':
        return this.#run(statement.body, new Scope(statement.isolated ? root(scope) : scope), output);
      case 'filter-block': {
        const text = this.#capture(statement.body, new Scope(scope));
        this.#write(output, toText(this.#filtered(statement.filter, text, scope)));
        return undefined;
      }
      case 'generation':
        this.#generation(statement.body, new Scope(scope), output);
        return undefined;
      case 'macro':
        scope.set(statement.name, this.#macro(statement, scope));
        return undefined;
      case 'call-block': {
        const caller = this.#macro(statement.macro, scope);
        const call = statement.call as Extract<Expression, { type: 'call' }>;
        const args = this.#arguments(call.args, scope);
        const named = new Map([...args.named, ['caller', caller] as const]);
        this.#write(output, toText(this.#call(this.#evaluate(call.callee, scope), { ...args, named })));
        return undefined;
      }
      case 'break':
      case 'continue':
        return statement.type;
    }
  }

  #generation(body: readonly Statement[], scope: Scope, output: Output): void {
    if (output.isRoot) {
      const start = output.text.length;
      this.#run(body, scope, output);
      this.#generated.push({ start, end: output.text.length });
      return;
    }
    this.#hasNestedGeneration = true;
    const text = this.#capture(body, scope);
    this.#write(output, this.marks ? this.marks[0] + text + this.marks[1] : text);
  }

  #for(
    statement: Extract<Statement, { type: 'for' }>,
    scope: Scope,
    output: Output,
    given?: { items: Value; depth: number },
  ): void {
    const value = given ? given.items : this.#evaluate(statement.iterable, scope);
    const { target, filter, body } = statement;
    let items: Value[] = [];
    for (const item of iterate(value)) {
      this.spend(1);
      items.push(item);
    }
    if (filter) {
      items = items.filter(item => {
        const inner = new Scope(scope);
        this.#assign(target, item, inner);
        return truthy(this.#evaluate(filter, inner));
      });
    }
    const depth = given?.depth ?? 0;
    const again = (more: Value, nextDepth: number): Value =>
      this.#nested(() => {
        const inner: Output = { text: '', isRoot: false };
        this.#for(statement, scope, inner, { items: more, depth: nextDepth });
        return inner.text;
      });
    const loop = new Loop(items, depth, statement.recursive ? again : undefined);
    for (const [index, item] of items.entries()) {
      loop.index = index;
      const inner = new Scope(scope);
      inner.set('loop', loop);
      this.#assign(target, item, inner);
      if (this.#run(body, inner, output) === 'break') break;
    }
    if (items.length === 0) this.#run(statement.otherwise, new Scope(scope), output);
  }

  #assign(target: Target, value: Value, scope: Scope): void {
    if (target.type === 'name') {
      scope.set(target.name, value);
      return;
    }
    if (target.type === 'attribute') {
      const object = scope.get(target.object);
      if (!(object instanceof Namespace)) {
        throw new TemplateRuntimeError('cannot assign attribute on non-namespace object');
      }
      object.set(target.name, value);
      return;
    }
    const parts = [...iterate(value)];
    const wanted = target.items.length;
    if (parts.length < wanted) {
      throw valueError(`not enough values to unpack (expected ${wanted}, got ${parts.length})`);
    }
    if (parts.length > wanted) throw valueError(`too many values to unpack (expected ${wanted})`);
    for (const [i, item] of target.items.entries()) this.#assign(item, parts[i]!, scope);
  }

  #nested<T>(call: () => T): T {
    this.#depth += 1;
    if (this.#depth > DEEPEST_CALL) throw new TemplateRuntimeError('maximum recursion depth exceeded');
    const line = this.#line;
    const value = call();
    this.#line = line;
    this.#depth -= 1;
    return value;
  }

  #macro(node: MacroNode, scope: Scope): Callable {
    const { name, parameters, body, reads } = node;
    const names = parameters.map(parameter => parameter.name);
    const call = ({ positional: values, named }: Arguments): Value => {
      const inner = new Scope(scope);
      const rest = new Map(named);
      if (values.length > names.length && !reads.has('varargs')) {
        throw typeError(`macro '${name}' takes not more than ${names.length} argument(s)`);
      }
      // A default may read the parameters before it.
      for (const [i, parameter] of parameters.entries()) {
        const given = i < values.length ? values[i] : rest.get(parameter.name);
        if (i < values.length && rest.has(parameter.name)) {
          throw typeError(`macro '${name}' got multiple values for argument '${parameter.name}'`);
        }
        rest.delete(parameter.name);
        inner.set(
          parameter.name,
          given ??
            (given === null
              ? null
              : parameter.default
                ? this.#evaluate(parameter.default, inner)
                : new Undefined(`parameter '${parameter.name}' was not provided`)),
        );
      }
      if (reads.has('caller') && !names.includes('caller')) {
        inner.set('caller', rest.get('caller') ?? new Undefined('No caller defined'));
        rest.delete('caller');
      }
      if (reads.has('varargs')) inner.set('varargs', new Tuple(values.slice(names.length)));
      if (reads.has('kwargs')) inner.set('kwargs', Dict.of(rest));
      else if (rest.size > 0) {
        throw typeError(`macro '${name}' takes no keyword argument '${[...rest.keys()][0]}'`);
      }
      return this.#nested(() => this.#capture(body, inner));
    };
    return new Callable(name, call, 'Macro', {
      name,
      arguments: new Tuple(names),
      catch_kwargs: reads.has('kwargs'),
      catch_varargs: reads.has('varargs'),
      caller: reads.has('caller'),
    });
  }

  #call(callee: Value, args: Arguments): Value {
    if (callee instanceof Undefined) callee.fail();
    const called = callee instanceof Loop ? callee.recurse : callee;
    if (!(called instanceof Callable)) throw typeError(`'${typeName(callee)}' object is not callable`);
    return called.call(args, this);
  }

  #arguments(args: CallArguments, scope: Scope): Arguments {
    const values = args.positional.map(arg => this.#evaluate(arg, scope));
    if (args.spread) values.push(...iterate(this.#evaluate(args.spread, scope)));
    const named = new Map(args.named.map(([name, value]) => [name, this.#evaluate(value, scope)]));
    if (args.spreadNamed) {
      const more = this.#evaluate(args.spreadNamed, scope);
      if (!(more instanceof Dict))
        throw typeError(`argument after ** must be a mapping, not ${typeName(more)}`);
      for (const [key, value] of more.entries.values()) named.set(toText(key), value);
    }
    return { positional: values, named };
  }

  /** A chain of filters over a captured text. */
  #filtered(filter: Expression, text: string, scope: Scope): Value {
    const { name, value, args } = filter as Extract<Expression, { type: 'filter' }>;
    const input = value ? this.#filtered(value, text, scope) : text;
    return this.filter(name, input, this.#arguments(args, scope));
  }

  #evaluate(node: Expression, scope: Scope): Value {
    this.spend(1);
    switch (node.type) {
      case 'constant':
        return node.value;
      case 'name': {
        const value = scope.get(node.name);
        return value === undefined ? new Undefined(`'${node.name}' is undefined`) : value;
      }
      case 'attribute':
        return getAttribute(this.#evaluate(node.object, scope), node.name);
      case 'item':
        return getItem(this.#evaluate(node.object, scope), this.#evaluate(node.key, scope));
      case 'slice': {
        const sliced = slice(
          this.#evaluate(node.object, scope),
          node.bounds.map(bound => (bound ? this.#evaluate(bound, scope) : null)),
        );
        if (Array.isArray(sliced)) this.spend(sliced.length);
        return sliced;
      }
      case 'call':
        return this.#call(this.#evaluate(node.callee, scope), this.#arguments(node.args, scope));
      case 'filter':
        return this.filter(node.name, this.#evaluate(node.value!, scope), this.#arguments(node.args, scope));
      case 'test':
        return this.test(node.name, this.#evaluate(node.value, scope), this.#arguments(node.args, scope));
      case 'tuple':
        return new Tuple(node.items.map(item => this.#evaluate(item, scope)));
      case 'list':
        return node.items.map(item => this.#evaluate(item, scope));
      case 'dict':
        return Dict.of(
          node.entries.map(
            ([key, value]) => [this.#evaluate(key, scope), this.#evaluate(value, scope)] as const,
          ),
        );
      case 'conditional':
        if (truthy(this.#evaluate(node.test, scope))) return this.#evaluate(node.whenTrue, scope);
        return node.otherwise
          ? this.#evaluate(node.otherwise, scope)
          : new Undefined('the inline if-expression evaluated to false and no else section was defined.');
      case 'and': {
        const left = this.#evaluate(node.left, scope);
        return truthy(left) ? this.#evaluate(node.right, scope) : left;
      }
      case 'or': {
        const left = this.#evaluate(node.left, scope);
        return truthy(left) ? left : this.#evaluate(node.right, scope);
      }
      case 'not':
        return !truthy(this.#evaluate(node.operand, scope));
      case 'negative':
      case 'positive':
        return signed(node.type, this.#evaluate(node.operand, scope));
      case 'concat':
        return node.parts.reduce((text, part) => joinTexts(text, toText(this.#evaluate(part, scope))), '');
      case 'binary':
        return this.#binary(
          node.operator,
          this.#evaluate(node.left, scope),
          this.#evaluate(node.right, scope),
        );
      case 'compare':
        return this.#compare(node, scope);
    }
  }

  #binary(operator: string, left: Value, right: Value): Value {
    if (operator === '%' && isText(left)) {
      const text = percentFormat(toText(left), right);
      return left instanceof Markup ? new Markup(text) : text;
    }
    const value = arithmetic(operator, left, right);
    if (Array.isArray(value)) this.spend(value.length);
    return value;
  }

  #compare(node: Extract<Expression, { type: 'compare' }>, scope: Scope): boolean {
    let left = this.#evaluate(node.first, scope);
    for (const { operator, operand } of node.rest) {
      const right = this.#evaluate(operand, scope);
      if (Array.isArray(right)) this.spend(right.length);
      if (!holds(operator, left, right)) return false;
      left = right;
    }
    return true;
  }
}

const root = (scope: Scope): Scope => (scope.outer?.outer ? root(scope.outer) : scope);
