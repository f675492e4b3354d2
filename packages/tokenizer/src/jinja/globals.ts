import { bind } from './arguments.js';
import { fromKeys, makeDict } from './container-methods.js';
import { toText } from './operations.js';
import { strftime } from './strftime.js';
import { PythonError, TemplateRaised, typeError, valueError } from './template-errors.js';
import { AttributeObject, Callable, Namespace, Range, typeName, type Value } from './values.js';

/** Longest range of Jinja2's sandbox. */
const MOST_RANGE = 100_000;

const range = new Callable('range', args => {
  const [first, second, third] = bind('range', args, ['start', 'stop', 'step'], 1);
  const [start, stop] = second === undefined ? [0n, first!] : [first!, second];
  const [from, to, step] = [start, stop, third ?? 1n].map(bound => {
    if (typeof bound !== 'bigint' && typeof bound !== 'boolean') {
      throw typeError(`'${typeName(bound)}' object cannot be interpreted as an integer`);
    }
    return BigInt(bound);
  }) as [bigint, bigint, bigint];
  if (step === 0n) throw valueError('range() arg 3 must not be zero');
  const made = new Range(from, to, step);
  if (made.length > MOST_RANGE) {
    throw new PythonError(
      'OverflowError',
      `Range too big. The sandbox blocks ranges larger than MAX_RANGE (${MOST_RANGE}).`,
    );
  }
  return made;
});

const namespace = new Callable('namespace', args => {
  const made = new Namespace();
  for (const [name, value] of makeDict(args).entries.values()) made.set(toText(name), value);
  return made;
});

class Cycler extends AttributeObject {
  readonly typeName = 'Cycler';
  #at = 0;
  constructor(readonly items: readonly Value[]) {
    super();
  }
  attribute(name: string): Value | undefined {
    if (name === 'current') return this.items[this.#at];
    if (name === 'next') {
      return new Callable('next', () => {
        const value = this.items[this.#at]!;
        this.#at = (this.#at + 1) % this.items.length;
        return value;
      });
    }
    if (name === 'reset') {
      return new Callable('reset', () => {
        this.#at = 0;
        return null;
      });
    }
    return undefined;
  }
}

/** The functions that every chat template sees. */
export const chatGlobals = (now: () => Date): Record<string, Value> => ({
  range,
  namespace,
  dict: new Callable('dict', makeDict, 'TemplateDict', {
    fromkeys: new Callable('fromkeys', fromKeys),
  }),
  cycler: new Callable('cycler', ({ positional }) => {
    if (positional.length === 0) throw typeError('at least one item has to be provided');
    return new Cycler(positional);
  }),
  joiner: new Callable('joiner', args => {
    const [separator = ', '] = bind('joiner', args, ['sep']);
    let used = false;
    return new Callable('joiner', () => {
      if (used) return separator;
      used = true;
      return '';
    });
  }),
  raise_exception: new Callable('raise_exception', args => {
    const [message] = bind('raise_exception', args, ['message'], 1);
    throw new TemplateRaised(toText(message!));
  }),
  strftime_now: new Callable('strftime_now', args => {
    const [format] = bind('strftime_now', args, ['format'], 1);
    return strftime(now(), toText(format!));
  }),
});
