import { type Document, isNode, Lexer, LineCounter, parseDocument, visit } from 'yaml';
import type { z } from 'zod';
import { CritiqueError } from '../critique-error.js';

/** A YAML (or JSON) text whose mistakes can be named by line. */
export interface LocatedYaml {
  readonly value: unknown;
  /** Line (from 1) of the innermost node on the path that exists. */
  lineOf(path: readonly PropertyKey[]): number;
  /** Validates the value. @throws {CritiqueError} naming file, line and path of the first mistake */
  check<T extends z.ZodType>(schema: T): z.output<T>;
}

/**
 * @param file what errors call the text
 * @throws {CritiqueError} when it is not YAML
 */
export const parseLocatedYaml = (text: string, file: string): LocatedYaml => {
  const counter = new LineCounter();
  const fail = (problem: string, offset?: number): never => {
    const line = offset === undefined ? undefined : counter.linePos(offset).line;
    throw new CritiqueError(problem, { file, line });
  };
  if (nestingOf(text) > MOST_NESTED) fail(`nested more than ${MOST_NESTED} levels deep`);
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  const mistake = document.errors[0];
  if (mistake?.code === 'MULTIPLE_DOCS')
    fail('a second document begins here (---); write one per file', mistake.pos[0]);
  if (mistake) fail(mistake.message, mistake.pos[0]);

  const lineOf = (path: readonly PropertyKey[]) => counter.linePos(offsetOf(document, path)).line;
  checkAliases(document, fail);
  const value = ((): unknown => {
    try {
      return document.toJS();
    } catch (error) {
      // A few short lines of aliases to aliases would make gigabytes.
      if (error instanceof ReferenceError) return fail(`${error.message}; write the values out`);
      throw error;
    }
  })();
  return {
    value,
    lineOf,
    check(schema) {
      const result = schema.safeParse(value);
      if (result.success) return result.data;
      const { issues } = result.error;
      // An unknown key comes first: it is often the misspelt name of one that is missing.
      const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]!;
      const missing = issues.filter(
        ({ code, path }) => code !== 'custom' && path.length > 0 && document.getIn(path) === undefined,
      );
      // It is pointed at itself, not at the object that holds it.
      const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0]!] : issue.path;
      const problem = missing.includes(issue)
        ? 'is missing'
        : issue.code === 'unrecognized_keys' && missing.length > 0
          ? `is unknown here; missing: ${missing.map(other => describePath(other.path)).join(', ')}`
          : issue.message;
      throw new CritiqueError(`${describePath(path)}: ${problem}`, { file, line: lineOf(path) });
    },
  };
};

/** An alias (`*name`) needs an anchor (`&name`) before it, which does not hold the alias itself. */
const checkAliases = (document: Document, fail: (problem: string, offset?: number) => never): void => {
  visit(document, {
    Alias(_, alias, path) {
      const { source, range } = alias;
      const target = alias.resolve(document);
      if (!target) {
        fail(
          `*${source} is an alias, and no &${source} stands before it. Text that begins with * needs quotes: "*${source}"`,
          range?.[0],
        );
      }
      if (path.includes(target as (typeof path)[number]))
        fail(`*${source} stands inside &${source}`, range?.[0]);
    },
  });
};

/** Real files nest a few levels deep; thousands would exhaust the stack of the parser. */
const MOST_NESTED = 200;

/** Most brackets that are open at once, with the lists that begin on the line (`- - -`). */
const nestingOf = (text: string): number => {
  let [open, onLine, most] = [0, 0, 0];
  for (const token of new Lexer().lex(text)) {
    if (token === '[' || token === '{') open += 1;
    else if (token === ']' || token === '}') open -= 1;
    else if (token === '-' || token === '?') onLine += 1;
    else if (token.endsWith('\n')) onLine = 0;
    most = Math.max(most, open + onLine);
  }
  return most;
};

const offsetOf = (document: Document, path: readonly PropertyKey[]): number => {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return document.contents?.range?.[0] ?? 0;
};

/** `['principles', 2, 'id']` → `principles[2].id` */
export const describePath = (path: readonly PropertyKey[]): string => {
  const text = path.map(part => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return text.replace(/^\./, '') || 'the file';
};
