import { bind } from './arguments.js';
import { asIndex } from './numbers.js';
import { equals, iterate, repr } from './operations.js';
import { PythonError, valueError } from './template-errors.js';
import { type Arguments, Callable, Dict, DictView, Tuple, type Value } from './values.js';

/** Methods that change their object, which transformers' sandbox refuses. */
export const MUTATING: Readonly<Record<string, ReadonlySet<string> | undefined>> = {
  list: new Set(['append', 'clear', 'extend', 'insert', 'pop', 'remove', 'reverse', 'sort']),
  dict: new Set(['clear', 'pop', 'popitem', 'setdefault', 'update']),
};

/** A method of a list, tuple or dict; undefined where it has none of that name. */
export const containerMethod = (value: Value[] | Tuple | Dict, name: string): Value | undefined => {
  const make = (call: (args: Arguments) => Value) => new Callable(name, call, 'builtin_function_or_method');
  if (value instanceof Dict) return dictMethod(value, name, make);
  const items = value instanceof Tuple ? value.items : value;
  switch (name) {
    case 'count':
      return make(args => {
        const [wanted] = bind(name, args, ['value'], 1);
        return BigInt(items.filter(item => equals(item, wanted!)).length);
      });
    case 'index':
      return make(args => {
        const [wanted, start, stop] = bind(name, args, ['value', 'start', 'stop'], 1);
        const place = (bound: Value | undefined, open: number) => {
          if (bound === undefined) return open;
          const at = asIndex(bound);
          return at < 0 ? Math.max(at + items.length, 0) : at;
        };
        const [from, to] = [place(start, 0), place(stop, items.length)];
        const at = items.findIndex((item, i) => i >= from && i < to && equals(item, wanted!));
        if (at < 0) throw valueError(`${repr(wanted!)} is not in list`);
        return BigInt(at);
      });
    case 'copy':
      return value instanceof Tuple ? undefined : make(() => [...items]);
    default:
      return undefined;
  }
};

const dictMethod = (
  dict: Dict,
  name: string,
  make: (call: (args: Arguments) => Value) => Callable,
): Value | undefined => {
  switch (name) {
    case 'items':
    case 'keys':
    case 'values':
      return make(args => {
        bind(name, args, []);
        return new DictView(name, dict);
      });
    case 'get':
      return make(args => {
        const [key, fallback] = bind(name, args, ['key', 'default'], 1);
        return dict.get(key!) ?? fallback ?? null;
      });
    case 'copy':
      return make(() => Dict.of(dict.entries.values()));
    case 'fromkeys':
      return make(args => fromKeys(args));
    default:
      return undefined;
  }
};

/** `dict.fromkeys(keys, value)`. */
export const fromKeys = (args: Arguments): Dict => {
  const [keys, value] = bind('fromkeys', args, ['iterable', 'value'], 1);
  return Dict.of([...iterate(keys!)].map(key => [key, value ?? null]));
};

/** `dict(pairs, **more)`. */
export const makeDict = (args: Arguments): Dict => {
  const [from] = bind('dict', { positional: args.positional, named: new Map() }, ['iterable']);
  const dict =
    from === undefined
      ? new Dict()
      : from instanceof Dict
        ? Dict.of(from.entries.values())
        : Dict.of([...iterate(from)].map(pair));
  for (const [key, value] of args.named) dict.set(key, value);
  return dict;
};

const pair = (value: Value, index: number): [Value, Value] => {
  const parts = [...iterate(value)];
  if (parts.length !== 2) {
    throw new PythonError(
      'ValueError',
      `dictionary update sequence element #${index} has length ${parts.length}; 2 is required`,
    );
  }
  return [parts[0]!, parts[1]!];
};
