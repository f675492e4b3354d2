import { Option } from 'commander';
import { z } from 'zod';

/** One option as the command line sees it. */
interface Flag {
  readonly key: string;
  readonly description: string;
  readonly kind: 'text' | 'number' | 'boolean' | 'list' | 'names' | 'numbers' | 'record';
  readonly choices?: readonly string[] | undefined;
  readonly required: boolean;
  readonly default?: unknown;
}

interface JsonSchema {
  type?: string;
  enum?: string[];
  default?: unknown;
  description?: string;
  anyOf?: JsonSchema[];
  items?: JsonSchema;
}

/** The flags that a command's schema describes. */
export const flagsOf = (options: z.ZodObject): Flag[] => {
  const schema = z.toJSONSchema(options, { io: 'input', unrepresentable: 'any' });
  const required = new Set(schema.required ?? []);
  return Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>).map(([key, property]) => ({
    key,
    description: property.description ?? '',
    kind: kindOf(property),
    choices: property.enum ?? property.anyOf?.find(option => option.enum)?.enum,
    required: required.has(key),
    default: property.default,
  }));
};

const kindOf = ({ type, anyOf, items }: JsonSchema): Flag['kind'] => {
  if (type === 'boolean') return 'boolean';
  if (type === 'number' || type === 'integer') return 'number';
  if (type === 'object') return 'record';
  // One or several files: an array, or a string in its place.
  const list = type === 'array' ? { items } : anyOf?.find(option => option.type === 'array');
  if (!list) return 'text';
  if (list.items?.type === 'number' || list.items?.type === 'integer') return 'numbers';
  return list.items?.enum ? 'names' : 'list';
};

/** A flag as commander's option. Defaults stay with the schema; here they are only shown. */
export const commanderOptions = ({
  key,
  kind,
  description,
  choices,
  required,
  default: value,
}: Flag): Option[] => {
  const shown = required ? `${description} (required)` : description;
  if (kind === 'boolean') {
    // A switch that is on is turned off by --no-…; a configuration file may say either.
    return value === true
      ? [new Option(`--no-${key}`, `do not ${shown}`), new Option(`--${key}`).hideHelp()]
      : [new Option(`--${key}`, shown), new Option(`--no-${key}`).hideHelp()];
  }
  const placeholder = {
    number: '<number>',
    list: '<value...>',
    names: '<name...>',
    numbers: '<number...>',
    record: '<name=value...>',
    text: choices ? '<name>' : '<text>',
  }[kind];
  const option = new Option(`--${key} ${placeholder}`, [shown, ...remarks({ choices, value })].join('; '));
  if (kind === 'record') option.argParser(addEntry);
  if (kind === 'number') option.argParser(asNumber);
  if (kind === 'names') option.argParser((text, accumulated) => [...given(accumulated), ...text.split(',')]);
  if (kind === 'numbers')
    option.argParser((text, accumulated) => [...given(accumulated), ...text.split(',').map(asNumber)]);
  return [option];
};

const remarks = ({
  choices,
  value,
}: {
  choices: readonly string[] | undefined;
  value: unknown;
}): string[] => {
  const empty = typeof value === 'object' && value !== null && Object.keys(value).length === 0;
  return [
    ...(choices ? [choices.join(', ')] : []),
    ...(value === undefined || empty
      ? []
      : [
          `default ${typeof value === 'string' ? value : Array.isArray(value) ? value.join(' ') : JSON.stringify(value)}`,
        ]),
  ];
};

/** The number that a text spells; any other text is returned as it is, so that the schema's message quotes it. */
const asNumber = (text: string): number | string =>
  Number.isFinite(Number(text || 'none')) ? Number(text) : text;

/** Values of a list so far: they may stand behind one flag, behind several, or with commas between. */
const given = (accumulated: unknown): unknown[] => (Array.isArray(accumulated) ? accumulated : []);

/** `num_cycles=2`, given once or several times, or one JSON object; values are JSON where they can be, else text. */
const addEntry = (text: string, accumulated: unknown): Record<string, unknown> => {
  const before = accumulated as object | undefined;
  const whole = text.startsWith('{') ? fromJson(text) : text;
  if (typeof whole === 'object') return { ...before, ...whole };
  const [name, value] = text.split(/=(.*)/s) as [string, string?];
  return { ...before, [name]: value === undefined || value === '' ? value : fromJson(value) };
};

const fromJson = (text: string): unknown => {
  if (Number.isFinite(Number(text))) return Number(text);
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};
