import { type ChatMessage, contentText } from '@charter/core';
import { FILTERS } from './jinja/filters/filters.js';
import { fromJavaScript } from './jinja/from-javascript.js';
import { chatGlobals } from './jinja/globals.js';
import { Interpreter, type Rendered } from './jinja/interpreter.js';
import { readsName, someStatement } from './jinja/nodes.js';
import { parseTemplate } from './jinja/parse-template.js';
import { Scope } from './jinja/scope.js';
import { TemplateRuntimeError } from './jinja/template-errors.js';
import { TESTS } from './jinja/tests.js';
import type { Value } from './jinja/values.js';

/** A half-open range of characters (UTF-16 units) in a rendered conversation. */
export interface Span {
  start: number;
  end: number;
}

/** Variables of a template besides the messages. */
export interface RenderOptions {
  /** Ends the text with the header that asks the model for an assistant's turn. */
  add_generation_prompt?: boolean | undefined;
  /** JSON schemas of the functions the model may call. */
  tools?: readonly unknown[] | null | undefined;
  /** Documents for retrieval, for the templates that know them. */
  documents?: readonly unknown[] | null | undefined;
  /** Further variables, such as `enable_thinking`; they win over the special tokens. */
  chat_template_kwargs?: Readonly<Record<string, unknown>> | undefined;
  /** Time that `strftime_now` formats; the current time when absent. */
  now?: Date | undefined;
}

export interface CompiledChatTemplate {
  readonly source: string;
  /** True when the template marks the assistant's text with `{% generation %}`. */
  readonly hasGenerationMarkers: boolean;
  /**
   * @param messages the conversation
   * @param variables special tokens by their names (`bos_token`, …)
   * @returns the text, and the spans inside `{% generation %}` blocks in their order
   * @throws {TemplateRaised} when the template calls `raise_exception`
   * @throws {TemplateRuntimeError} where Python or Jinja2 would fail, or after {@link MOST_STEPS} steps; names the line
   */
  render(
    messages: readonly ChatMessage[],
    variables: Readonly<Record<string, string>>,
    options: RenderOptions,
  ): { text: string; generated: Span[] };
}

const KNOWN = {
  filters: new Set(Object.keys(FILTERS)),
  tests: new Set([...Object.keys(TESTS), 'filter', 'test']),
};

/**
 * Compiles a chat template under the rules transformers renders it with: trim_blocks, lstrip_blocks, loop controls,
 * `{% generation %}`, `tojson` that escapes no HTML, `raise_exception`, `strftime_now`, None for absent tools and
 * documents, and the sandbox's limit on `range`.
 *
 * @throws {TemplateSyntaxError} when the template is not Jinja
 * @see transformers `utils/chat_template_utils.py`, `_cached_compile_jinja_template` and `render_jinja_template`
 */
export const compileChatTemplate = (source: string): CompiledChatTemplate => {
  const program = parseTemplate(source, KNOWN);
  const readsParts = someStatement(
    program,
    node => node.type === 'for' && readsName(node.iterable, 'content'),
  );
  return {
    source,
    hasGenerationMarkers: someStatement(program, ({ type }) => type === 'generation'),
    render(messages, variables, { chat_template_kwargs, now, tools, documents, add_generation_prompt }) {
      const globals = new Scope();
      const names: Record<string, Value> = {
        ...chatGlobals(() => now ?? new Date()),
        ...dataOf({ ...variables, ...chat_template_kwargs }),
        ...dataOf({
          messages: messages.map(message => plainMessage(message, readsParts)),
          tools: tools ?? null,
          documents: documents ?? null,
          add_generation_prompt: add_generation_prompt ?? false,
        }),
      };
      for (const [name, value] of Object.entries(names)) globals.set(name, value);
      const run = (marks?: readonly [string, string]) => rendered(new Interpreter(globals, marks), program);
      const plain = run();
      if (!plain.hasNestedGeneration) return plain;
      // Inside a macro a block's position is known only by marks in its text.
      const marks = marksOutside(plain.text);
      const { text, generated } = takeMarks(run(marks), marks);
      if (text !== plain.text) {
        throw new TemplateRuntimeError(
          'its {% generation %} blocks cannot be followed through the filters around them',
        );
      }
      return { text, generated };
    },
  };
};

const dataOf = (fields: Readonly<Record<string, unknown>>): Record<string, Value> =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, fromJavaScript(value)]));

const rendered = (interpreter: Interpreter, program: Parameters<Interpreter['render']>[0]): Rendered => {
  try {
    return interpreter.render(program);
  } catch (error) {
    if (error instanceof TemplateRuntimeError) error.message += ` (line ${interpreter.line} of the template)`;
    throw error;
  }
};

/**
 * transformers drops `None` fields, and gives reasoning under the names that templates read it by. A template without a
 * loop over the parts of a content reads text only, so parts that are text are joined for it, as vLLM does; transformers
 * would fail there, or write a Python list.
 */
const plainMessage = (message: ChatMessage, readsParts: boolean): Record<string, unknown> => {
  const fields: Record<string, unknown> = Object.fromEntries(
    Object.entries(message).filter(([, value]) => value !== null && value !== undefined),
  );
  if (!readsParts) fields.content = contentText(fields.content) ?? fields.content;
  const reasoning = fields.reasoning_content ?? fields.thinking ?? fields.reasoning;
  return reasoning === undefined ? fields : { thinking: reasoning, ...fields, reasoning_content: reasoning };
};

/** Two marks that occur nowhere in a text. */
const marksOutside = (text: string): readonly [open: string, close: string] => {
  let size = 1;
  while (text.includes('\uE000'.repeat(size)) || text.includes('\uE001'.repeat(size))) size += 1;
  return [`${'\uE000'.repeat(size)}\uE002`, `${'\uE001'.repeat(size)}\uE002`];
};

/** The text without its marks; its generated spans are those of the root and those between marks, in order. */
const takeMarks = (
  marked: Rendered,
  [open, close]: readonly [string, string],
): { text: string; generated: Span[] } => {
  const spans: Span[] = [];
  const moved: { at: number; by: number }[] = [];
  let text = '';
  let from = 0;
  let start = 0;
  for (;;) {
    const [opens, closes] = [marked.text.indexOf(open, from), marked.text.indexOf(close, from)];
    const at = opens >= 0 && opens < closes ? opens : closes;
    text += marked.text.slice(from, at < 0 ? undefined : at);
    if (at < 0) break;
    if (at === opens) start = text.length;
    else spans.push({ start, end: text.length });
    from = at + (at === opens ? open.length : close.length);
    moved.push({ at: from, by: from - text.length });
  }
  const without = (at: number) => at - (moved.findLast(mark => mark.at <= at)?.by ?? 0);
  const roots = marked.generated.map(({ start, end }) => ({ start: without(start), end: without(end) }));
  return { text, generated: [...roots, ...spans].sort((a, b) => a.start - b.start) };
};
