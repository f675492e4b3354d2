import { JsonNumber, OrderedObject } from '@charter/core';
import { Dict, type Value } from './values.js';

/**
 * Data of a row, request or file as the Python values that a template reads. A number without a fraction is an int; a
 * {@link JsonNumber} is what its text says. Anything that JSON has not becomes a placeholder, as in transformers.
 */
export const fromJavaScript = (value: unknown): Value => {
  if (value === null || value === undefined) return null;
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'bigint':
      return value;
    case 'number':
      return Number.isInteger(value) ? BigInt(value) : value;
    case 'object':
      break;
    default:
      return `<${typeof value}>`;
  }
  if (Array.isArray(value)) return value.map(fromJavaScript);
  if (value instanceof JsonNumber) {
    return /[.eE]/.test(value.text) ? Number(value.text) : BigInt(value.text);
  }
  const prototype = Object.getPrototypeOf(value);
  if (value instanceof OrderedObject) return dictOf(value);
  if (prototype === Object.prototype || prototype === null) return dictOf(Object.entries(value as object));
  return `<${(value as object).constructor.name}>`;
};

const dictOf = (entries: Iterable<[string, unknown]>): Dict => {
  const dict = new Dict();
  for (const [key, item] of entries) if (item !== undefined) dict.set(key, fromJavaScript(item));
  return dict;
};
