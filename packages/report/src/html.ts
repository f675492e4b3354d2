import { raw, html as template } from 'hono/html';

/** A piece of HTML in which every inserted value is already escaped. */
export type Html = ReturnType<typeof raw>;

/**
 * Tagged template: inserted strings and numbers are escaped, pieces of Html and lists of them are inserted as they
 * are, `undefined`, `null` and booleans vanish.
 */
export const html = (strings: TemplateStringsArray, ...values: unknown[]): Html =>
  // hono returns a promise only when a promise was inserted, and no template here inserts one.
  template(strings, ...values) as Html;

/** Text that is known to be HTML: the plotting library's SVG, this package's own style sheet and script. */
export const trusted = (text: string): Html => raw(text);
