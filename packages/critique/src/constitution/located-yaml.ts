import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
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
export function parseLocatedYaml(text: string, file: string): LocatedYaml {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  const mistake = document.errors[0];
  if (mistake) throw new CritiqueError(mistake.message, { file, line: counter.linePos(mistake.pos[0]).line });

  const lineOf = (path: readonly PropertyKey[]) => counter.linePos(offsetOf(document, path)).line;
  const value: unknown = document.toJS();
  return {
    value,
    lineOf,
    check(schema) {
      const result = schema.safeParse(value);
      if (result.success) return result.data;
      const issue = result.error.issues[0]!;
      // An unknown key is pointed at itself, not at the object that holds it.
      const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0]!] : issue.path;
      throw new CritiqueError(`${describePath(path)}: ${issue.message}`, { file, line: lineOf(path) });
    },
  };
}

function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return document.contents?.range?.[0] ?? 0;
}

/** `['principles', 2, 'id']` → `principles[2].id` */
export function describePath(path: readonly PropertyKey[]): string {
  const text = path.map(part => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return text.replace(/^\./, '') || 'the file';
}
