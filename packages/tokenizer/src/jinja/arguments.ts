import { typeError } from './template-errors.js';
import type { Arguments, Value } from './values.js';

/**
 * Arguments in the order of the parameters' names; absent ones are undefined.
 *
 * @param required how many of the parameters must be given
 * @throws {PythonError} TypeError for too many, too few or unknown ones
 */
export const bind = (
  name: string,
  { positional: values, named }: Arguments,
  parameters: readonly string[],
  required = 0,
): (Value | undefined)[] => {
  if (values.length > parameters.length) {
    throw typeError(`${name}() takes at most ${parameters.length} arguments (${values.length} given)`);
  }
  const bound: (Value | undefined)[] = parameters.map((_, i) => values[i]);
  for (const [key, value] of named) {
    const at = parameters.indexOf(key);
    if (at < 0) throw typeError(`${name}() got an unexpected keyword argument '${key}'`);
    if (at < values.length) throw typeError(`${name}() got multiple values for argument '${key}'`);
    bound[at] = value;
  }
  const missing = bound.findIndex((value, i) => i < required && value === undefined);
  if (missing >= 0) throw typeError(`${name}() missing a required argument: '${parameters[missing]}'`);
  return bound;
};
