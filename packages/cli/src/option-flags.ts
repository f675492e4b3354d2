import { Option } from 'commander';
import { z } from 'zod';

/** One option as the command line sees it. */
interface Flag {
  readonly key: string;
  readonly description: string;
  readonly kind: 'text' | 'number' | 'boolean' | 'list';
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
}

/** The flags that a command's schema describes. */
export const flagsOf = (options: z.ZodObject): Flag[] => {
  const schema = z.toJSONSchema(options, { io: 'input', unrepresentable: 'any' });
  const required = new Set(schema.required ?? []);
  return Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>).map(([key, property]) => ({
    key,
    description: property.description ?? '',
    kind: kindOf(property),
    choices: property.enum,
    required: required.has(key),
    default: property.default,
  }));
};

const kindOf = ({ type, anyOf }: JsonSchema): Flag['kind'] => {
  if (type === 'boolean') return 'boolean';
  if (type === 'number' || type === 'integer') return 'number';
  // One or several files: an array, or a string in its place.
  return type === 'array' || anyOf?.some(option => option.type === 'array') ? 'list' : 'text';
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
  const placeholder = { number: '<number>', list: '<value...>', text: '<text>' }[kind];
  const option = new Option(
    `--${key} ${choices ? `<${choices.join('|')}>` : placeholder}`,
    value === undefined ? shown : `${shown} (default: ${JSON.stringify(value)})`,
  );
  // What is no number goes on as it is, so that the schema's message quotes it.
  if (kind === 'number')
    option.argParser(text => (Number.isFinite(Number(text || 'none')) ? Number(text) : text));
  return [option];
};
