/**
 * A number of a JSON text that JavaScript's number would change: an integer beyond 2^53, or a float without a
 * fraction (`20.0`). Chat templates write both as Python does.
 */
export class JsonNumber {
  /** @param text the number as the JSON text writes it */
  constructor(readonly text: string) {}

  /** The nearest number of JavaScript. */
  valueOf(): number {
    return Number(this.text);
  }
  toJSON(): number {
    return Number(this.text);
  }
}

/** An object of a JSON text whose keys JavaScript would put into another order: `{ "2": …, "1": … }`. */
export class OrderedObject extends Map<string, unknown> {
  toJSON(): Record<string, unknown> {
    return Object.fromEntries(this);
  }
}

// What JSON.parse may change: long integers, numbers with a point or exponent, keys of digits, and Python's names.
const MAY_CHANGE = /\d{16}|\d[.eE][\d+-]|"\d+"\s*:|NaN|Infinity/;

/**
 * `JSON.parse` without loss: {@link JsonNumber} for numbers and {@link OrderedObject} for objects that JavaScript
 * would change.
 *
 * @throws {SyntaxError} as JSON.parse
 */
export const parseExactJson = (text: string): unknown => {
  const value: unknown = JSON.parse(text);
  return MAY_CHANGE.test(text) ? new ExactReader(text).value() : value;
};

/** Reads a text that JSON.parse has found valid. */
class ExactReader {
  #at = 0;
  constructor(readonly text: string) {}

  value(): unknown {
    this.#space();
    const char = this.text[this.#at]!;
    if (char === '{') return this.#object();
    if (char === '[') return this.#array();
    if (char === '"') return this.#string();
    return this.#scalar();
  }

  #space(): void {
    while (' \n\r\t'.includes(this.text[this.#at] ?? 'end')) this.#at += 1;
  }

  #string(): string {
    const start = this.#at;
    let end = this.text.indexOf('"', start + 1);
    const isEscaped = (quote: number) => {
      let before = quote - 1;
      while (this.text[before] === '\\') before -= 1;
      return (quote - before) % 2 === 0;
    };
    while (isEscaped(end)) end = this.text.indexOf('"', end + 1);
    this.#at = end + 1;
    return JSON.parse(this.text.slice(start, this.#at));
  }

  #scalar(): unknown {
    SCALAR.lastIndex = this.#at;
    const word = SCALAR.exec(this.text)![0];
    this.#at += word.length;
    const value: unknown = JSON.parse(word);
    if (typeof value !== 'number') return value;
    const isWhole = Number.isInteger(value);
    const changes = isWhole && (/[.eE]/.test(word) || !Number.isSafeInteger(value) || word === '-0');
    return changes || !Number.isFinite(value) ? new JsonNumber(word) : value;
  }

  #array(): unknown[] {
    const items: unknown[] = [];
    this.#at += 1;
    for (this.#space(); this.text[this.#at] !== ']'; this.#space()) {
      if (this.text[this.#at] === ',') this.#at += 1;
      items.push(this.value());
    }
    this.#at += 1;
    return items;
  }

  #object(): Record<string, unknown> | OrderedObject {
    const entries = new Map<string, unknown>();
    this.#at += 1;
    for (this.#space(); this.text[this.#at] !== '}'; this.#space()) {
      if (this.text[this.#at] === ',') this.#at += 1;
      this.#space();
      const key = this.#string();
      this.#space();
      this.#at += 1; // the colon
      entries.set(key, this.value());
    }
    this.#at += 1;
    const object = Object.fromEntries(entries);
    const keys = Object.keys(object);
    return [...entries.keys()].every((key, i) => key === keys[i]) ? object : new OrderedObject(entries);
  }
}

const SCALAR = /[^\s,\]}]+/y;
