import { readFileSync } from 'node:fs';
import { parseExactJson } from '@charter/core';
import { describe, expect, it } from 'vitest';
import { compileChatTemplate } from '../chat-template.js';

// What Jinja2 3.1.6 made of them in transformers' environment; see golden/make_jinja.py.
const golden: { variables: string; cases: { template: string; text?: string; error?: string }[] } =
  JSON.parse(readFileSync(new URL('../golden/jinja.json', import.meta.url), 'utf8'));
const { messages, ...rest } = parseExactJson(golden.variables) as Record<string, unknown> & {
  messages: never[];
};

/** Where Python's text holds an address in memory, which no training text should. */
const withoutAddress = (text: string) => !/ at 0x[0-9a-f]+>/.test(text);

describe('a template gives the text that Jinja2 gives, and fails where it fails', () => {
  it.each(golden.cases.filter(({ text }) => text === undefined || withoutAddress(text)))(
    '$template',
    ({ template, text, error }) => {
      const render = () =>
        compileChatTemplate(template).render(messages, {}, { chat_template_kwargs: rest }).text;
      if (error !== undefined) expect(render).toThrow();
      else expect(render()).toBe(text);
    },
  );
});
