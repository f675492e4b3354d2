/** An expression of a template. */
export type Expression =
  | { type: 'constant'; value: null | boolean | bigint | number | string }
  | { type: 'name'; name: string }
  | { type: 'tuple' | 'list'; items: Expression[] }
  | { type: 'dict'; entries: [Expression, Expression][] }
  | { type: 'conditional'; test: Expression; whenTrue: Expression; otherwise: Expression | undefined }
  | { type: 'and' | 'or'; left: Expression; right: Expression }
  | { type: 'not' | 'negative' | 'positive'; operand: Expression }
  | { type: 'compare'; first: Expression; rest: { operator: string; operand: Expression }[] }
  | { type: 'binary'; operator: string; left: Expression; right: Expression }
  | { type: 'concat'; parts: Expression[] }
  | { type: 'attribute'; object: Expression; name: string }
  | { type: 'item'; object: Expression; key: Expression }
  | { type: 'slice'; object: Expression; bounds: (Expression | undefined)[] }
  | { type: 'call'; callee: Expression; args: CallArguments }
  | { type: 'filter'; name: string; value: Expression | undefined; args: CallArguments }
  | { type: 'test'; name: string; value: Expression; args: CallArguments };

export interface CallArguments {
  positional: Expression[];
  named: [name: string, value: Expression][];
  /** `*list` */
  spread: Expression | undefined;
  /** `**dict` */
  spreadNamed: Expression | undefined;
}

/** Targets of `for` and `set`. */
export type Target =
  | { type: 'name'; name: string }
  | { type: 'attribute'; object: string; name: string }
  | { type: 'tuple'; items: Target[] };

export interface Parameter {
  name: string;
  default: Expression | undefined;
}

export interface MacroNode {
  type: 'macro';
  name: string;
  parameters: Parameter[];
  body: Statement[];
  /** The names `caller`, `kwargs` and `varargs` that the body reads. */
  reads: ReadonlySet<string>;
}

export type Statement = { line: number } & (
  | { type: 'data'; text: string }
  | { type: 'output'; expression: Expression }
  | {
      type: 'for';
      target: Target;
      iterable: Expression;
      filter: Expression | undefined;
      recursive: boolean;
      body: Statement[];
      otherwise: Statement[];
    }
  | { type: 'if'; branches: { test: Expression; body: Statement[] }[]; otherwise: Statement[] }
  | { type: 'set'; target: Target; value: Expression }
  | { type: 'set-block'; target: Target; filter: Expression | undefined; body: Statement[] }
  | { type: 'with'; bindings: [Target, Expression][]; body: Statement[] }
  | { type: 'scope'; body: Statement[]; isolated: boolean }
  | { type: 'filter-block'; filter: Expression; body: Statement[] }
  | { type: 'call-block'; macro: MacroNode; call: Expression }
  | { type: 'generation'; body: Statement[] }
  | { type: 'break' | 'continue' }
  | MacroNode
);

/** True where a statement that fits stands in the list or inside one of it. */
export const someStatement = (
  statements: readonly Statement[],
  fits: (statement: Statement) => boolean,
): boolean =>
  statements.some(statement => {
    if (fits(statement)) return true;
    const bodies: readonly Statement[][] = [
      ...('body' in statement ? [statement.body] : []),
      ...('otherwise' in statement ? [statement.otherwise] : []),
      ...('branches' in statement ? statement.branches.map(({ body }) => body) : []),
      ...(statement.type === 'call-block' ? [statement.macro.body] : []),
    ];
    return bodies.some(body => someStatement(body, fits));
  });

/** True where an expression reads a variable, attribute or key of this name. */
export const readsName = (node: unknown, name: string): boolean => {
  if (typeof node !== 'object' || node === null) return false;
  const { type, key, name: own } = node as { type?: string; key?: { value?: unknown }; name?: unknown };
  if ((type === 'name' || type === 'attribute') && own === name) return true;
  if (type === 'item' && key?.value === name) return true;
  return Object.values(node).some(part => readsName(part, name));
};
