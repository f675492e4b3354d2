import { bind } from '../arguments.js';
import { getPath } from '../attributes.js';
import { iterate, toText, truthy } from '../operations.js';
import { PythonError } from '../template-errors.js';
import { type Arguments, OneTimeIterator, type Rendering, type Value } from '../values.js';

const rest = ({ positional, named }: Arguments, from: number): Arguments => ({
  positional: positional.slice(from),
  named,
});

const lazy = (
  items: Iterable<Value>,
  rendering: Rendering,
  each: (item: Value) => Value | undefined,
): Value => {
  function* walk(): Generator<Value> {
    for (const item of items) {
      rendering.spend(1);
      const value = each(item);
      if (value !== undefined) yield value;
    }
  }
  return new OneTimeIterator(walk());
};

const map = (value: Value, args: Arguments, rendering: Rendering): Value => {
  if (args.positional.length === 0 && args.named.has('attribute')) {
    const [attribute, fallback] = bind('map', args, ['attribute', 'default'], 1);
    return lazy(iterate(value), rendering, item => getPath(item, attribute!, fallback));
  }
  const [name] = args.positional;
  if (name === undefined) throw new PythonError('FilterArgumentError', 'map requires a filter argument');
  return lazy(iterate(value), rendering, item => rendering.filter(toText(name), item, rest(args, 1)));
};

const selection =
  (keep: boolean, byAttribute: boolean) =>
  (value: Value, args: Arguments, rendering: Rendering): Value => {
    const from = byAttribute ? 1 : 0;
    const attribute = args.positional[0];
    if (byAttribute && attribute === undefined) {
      throw new PythonError('FilterArgumentError', 'Missing parameter for attribute name');
    }
    const test = args.positional[from];
    const passes = (item: Value): boolean =>
      test === undefined ? truthy(item) : rendering.test(toText(test), item, rest(args, from + 1));
    return lazy(iterate(value), rendering, item =>
      passes(byAttribute ? getPath(item, attribute!) : item) === keep ? item : undefined,
    );
  };

export const SELECTION_FILTERS = {
  map,
  select: selection(true, false),
  reject: selection(false, false),
  selectattr: selection(true, true),
  rejectattr: selection(false, true),
};
