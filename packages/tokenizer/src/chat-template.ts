import type { ChatMessage } from '@charter/core';
import { Environment, Interpreter, parse, tokenize } from '@huggingface/jinja';
import { strftime } from './templates/strftime.js';
import { callStripFunctions, stripFunctions } from './templates/strip-characters.js';

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
   * @throws {Error} from the template engine, for anything else the template trips over
   */
  render(
    messages: readonly ChatMessage[],
    variables: Readonly<Record<string, string>>,
    options: RenderOptions,
  ): { text: string; generated: Span[] };
}

/** The template itself refused, with `raise_exception`. */
export class TemplateRaised extends Error {
  override readonly name = 'TemplateRaised';
}

const GENERATION_TAG = /\{%(-?)\s*(end)?generation\s*(-?)%\}/g;
const GENERATION_MACRO =
  '{% macro charter_generation() %}{{ charter_open }}{{ caller() }}{{ charter_close }}{% endmacro %}';

/**
 * Compiles a chat template under the rules transformers renders it with: trim_blocks, lstrip_blocks, `tojson` that
 * escapes no HTML, `raise_exception`, `strftime_now`, `none` for absent tools and documents.
 *
 * `@huggingface/jinja` drops `{% generation %}` tags. Here they become call blocks of a macro that writes marks
 * around the text, which is how transformers' AssistantTracker sees them too; the marks are taken out afterwards.
 *
 * @throws {SyntaxError} when the template is not Jinja
 * @see transformers `utils/chat_template_utils.py`, `_cached_compile_jinja_template` and `render_jinja_template`
 */
export const compileChatTemplate = (source: string): CompiledChatTemplate => {
  const marked = source.replace(GENERATION_TAG, (_, left: string, end: string | undefined, right: string) =>
    end ? `{%${left} endcall ${right}%}` : `{%${left} call charter_generation() ${right}%}`,
  );
  const hasGenerationMarkers = marked !== source;
  const program = parse(
    tokenize(hasGenerationMarkers ? GENERATION_MACRO + marked : source, {
      lstrip_blocks: true,
      trim_blocks: true,
    }),
  );
  callStripFunctions(program);

  return {
    source,
    hasGenerationMarkers,
    render(messages, variables, { chat_template_kwargs, now, ...options }) {
      const plain = messages.map(plainMessage);
      const [open, close] = marksOutside(source + JSON.stringify([plain, variables, chat_template_kwargs]));
      const environment = new Environment();
      const names = {
        true: true,
        false: false,
        none: null,
        True: true,
        False: false,
        None: null,
        range,
        ...stripFunctions,
        raise_exception: (message: unknown) => {
          throw new TemplateRaised(String(message));
        },
        strftime_now: (format: string) => strftime(now ?? new Date(), format),
        ...(hasGenerationMarkers && { charter_open: open, charter_close: close }),
        ...variables,
        ...chat_template_kwargs,
        messages: plain,
        tools: options.tools ?? null,
        documents: options.documents ?? null,
        add_generation_prompt: options.add_generation_prompt ?? false,
      };
      for (const [name, value] of Object.entries(names)) environment.set(name, value);
      const text = new Interpreter(environment).run(program).value as string;
      refuseObjects(text, JSON.stringify([plain, options.tools, options.documents]));
      return hasGenerationMarkers ? takeMarks(text, open, close) : { text, generated: [] };
    },
  };
};

/** In Python `"text" + object` is an error; the template engine writes a name of the object's type. */
const refuseObjects = (text: string, given: string): void => {
  const found = /\[object \w+\]/.exec(text)?.[0];
  if (found === undefined || given.includes(found)) return;
  throw new Error('it joins an object to a text. Does it expect the arguments of a call as a JSON string?');
};

/** transformers drops `None` fields, and gives reasoning under the names that templates read it by. */
const plainMessage = (message: ChatMessage): Record<string, unknown> => {
  const fields: Record<string, unknown> = Object.fromEntries(
    Object.entries(message).filter(([, value]) => value !== null && value !== undefined),
  );
  const reasoning = fields.reasoning_content ?? fields.thinking ?? fields.reasoning;
  return reasoning === undefined ? fields : { thinking: reasoning, ...fields, reasoning_content: reasoning };
};

/** Two marks that occur nowhere in what the template can write. */
const marksOutside = (text: string): [open: string, close: string] => {
  for (let size = 1; ; size++) {
    const [open, close] = ['\uE000'.repeat(size), '\uE001'.repeat(size)];
    if (!text.includes(open) && !text.includes(close)) return [`${open}\uE002`, `${close}\uE002`];
  }
};

const takeMarks = (marked: string, open: string, close: string): { text: string; generated: Span[] } => {
  const generated: Span[] = [];
  let text = '';
  for (const piece of marked.split(close)) {
    const [before, inside] = piece.split(open);
    text += before;
    if (inside === undefined) continue;
    generated.push({ start: text.length, end: text.length + inside.length });
    text += inside;
  }
  return { text, generated };
};

/** Python's `range`. */
const range = (start: number, stop?: number, step = 1): number[] => {
  const [first, last] = stop === undefined ? [0, start] : [start, stop];
  const numbers: number[] = [];
  for (let n = first; step > 0 ? n < last : n > last; n += step) numbers.push(n);
  return numbers;
};
