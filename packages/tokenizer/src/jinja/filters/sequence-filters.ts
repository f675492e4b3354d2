import { bind } from '../arguments.js';
import { getItem, getPath } from '../attributes.js';
import { asIndex } from '../numbers.js';
import {
  arithmetic,
  compare,
  equals,
  iterate,
  joinTexts,
  lengthOf,
  repr,
  toText,
  truthy,
} from '../operations.js';
import { TemplateRuntimeError, typeError } from '../template-errors.js';
import { codePoints } from '../text.js';
import {
  type Arguments,
  Dict,
  hashKey,
  isText,
  OneTimeIterator,
  type Rendering,
  Tuple,
  Undefined,
  type Value,
} from '../values.js';

/** All items, counted as steps. */
export const itemsOf = (value: Value, rendering: Rendering): Value[] => {
  const items: Value[] = [];
  for (const item of iterate(value)) {
    rendering.spend(1);
    items.push(item);
  }
  return items;
};

/** Text without its case where `case_sensitive` is false; other values as they are. */
const folded = (value: Value, caseSensitive: boolean): Value =>
  !caseSensitive && isText(value) ? toText(value).toLowerCase() : value;

const keyed = (attribute: Value | undefined, caseSensitive: boolean, fallback?: Value) => {
  const paths = isText(attribute ?? null) ? toText(attribute!).split(',') : undefined;
  return (item: Value): Value => {
    if (attribute === undefined || attribute === null) return folded(item, caseSensitive);
    return folded(getPath(item, paths?.length === 1 ? paths[0]! : attribute, fallback), caseSensitive);
  };
};

/** Stable, as Python's sort. */
const sorted = (
  items: readonly Value[],
  keys: readonly ((item: Value) => Value)[],
  reverse: boolean,
): Value[] => {
  const rows = items.map(item => ({ item, keys: keys.map(key => key(item)) }));
  const order = (a: (typeof rows)[number], b: (typeof rows)[number]): number => {
    for (const [i, key] of a.keys.entries()) {
      const other = b.keys[i]!;
      if (equals(key, other)) continue;
      return compare(key, other) * (reverse ? -1 : 1);
    }
    return 0;
  };
  return rows.sort(order).map(({ item }) => item);
};

const sort = (value: Value, args: Arguments, rendering: Rendering): Value => {
  const [reverse = false, caseSensitive = false, attribute] = bind('sort', args, [
    'reverse',
    'case_sensitive',
    'attribute',
  ]);
  const attributes =
    attribute !== undefined && isText(attribute) ? toText(attribute).split(',') : [attribute];
  const keys = attributes.map(each => keyed(each, truthy(caseSensitive)));
  return sorted(itemsOf(value, rendering), keys, truthy(reverse));
};

const dictsort = (value: Value, args: Arguments): Value => {
  const [caseSensitive = false, by = 'key', reverse = false] = bind('dictsort', args, [
    'case_sensitive',
    'by',
    'reverse',
  ]);
  if (by !== 'key' && by !== 'value')
    throw new TemplateRuntimeError('You can only sort by either "key" or "value"');
  if (!(value instanceof Dict)) throw typeError(`${repr(value)} has no items`);
  const at = by === 'key' ? 0n : 1n;
  const pairs = [...value.entries.values()].map(entry => new Tuple([...entry]));
  return sorted(pairs, [pair => folded(getItem(pair, at), truthy(caseSensitive))], truthy(reverse));
};

const unique = (value: Value, args: Arguments, rendering: Rendering): Value => {
  const [caseSensitive = false, attribute] = bind('unique', args, ['case_sensitive', 'attribute']);
  const key = keyed(attribute, truthy(caseSensitive));
  const seen = new Set<unknown>();
  const kept = itemsOf(value, rendering).filter(item => {
    const hash = hashKey(key(item));
    if (seen.has(hash)) return false;
    seen.add(hash);
    return true;
  });
  return new OneTimeIterator(kept.values());
};

const extreme =
  (sign: 1 | -1, name: string) =>
  (value: Value, args: Arguments, rendering: Rendering): Value => {
    const [caseSensitive = false, attribute] = bind(name, args, ['case_sensitive', 'attribute']);
    const key = keyed(attribute, truthy(caseSensitive));
    const items = itemsOf(value, rendering);
    if (items.length === 0) return new Undefined('No aggregated item, sequence was empty.');
    return items.reduce((best, item) => (compare(key(item), key(best)) * sign < 0 ? item : best));
  };

const groupby = (value: Value, args: Arguments, rendering: Rendering): Value => {
  const [attribute, fallback, caseSensitive = false] = bind(
    'groupby',
    args,
    ['attribute', 'default', 'case_sensitive'],
    1,
  );
  const key = keyed(attribute, truthy(caseSensitive), fallback);
  const groups: { key: Value; shown: Value; items: Value[] }[] = [];
  for (const item of sorted(itemsOf(value, rendering), [key], false)) {
    const last = groups.at(-1);
    if (last && equals(last.key, key(item))) last.items.push(item);
    else groups.push({ key: key(item), shown: getPath(item, attribute!, fallback), items: [item] });
  }
  return groups.map(({ shown, items }) => new Tuple([shown, items], ['grouper', 'list']));
};

const first = (value: Value): Value => {
  for (const item of iterate(value)) return item;
  return new Undefined('No first item, sequence was empty.');
};

const last = (value: Value): Value => {
  const items = isText(value) ? [...codePoints(toText(value))] : [...iterate(value)];
  if (value instanceof OneTimeIterator) throw typeError("'generator' object is not reversible");
  return items.at(-1) ?? (items.length > 0 ? null : new Undefined('No last item, sequence was empty.'));
};

const join = (value: Value, args: Arguments, rendering: Rendering): Value => {
  const [separator = '', attribute] = bind('join', args, ['d', 'attribute']);
  let joined = '';
  for (const [i, item] of itemsOf(value, rendering).entries()) {
    const text = toText(attribute === undefined || attribute === null ? item : getPath(item, attribute));
    joined = joinTexts(joined, i === 0 ? text : toText(separator) + text);
  }
  return joined;
};

const sum = (value: Value, args: Arguments, rendering: Rendering): Value => {
  const [attribute, start = 0n] = bind('sum', args, ['attribute', 'start']);
  return itemsOf(value, rendering).reduce<Value>(
    (total, item) =>
      arithmetic('+', total, attribute === undefined || attribute === null ? item : getPath(item, attribute)),
    start,
  );
};

const batch = (value: Value, args: Arguments, rendering: Rendering): Value => {
  const [size, fill] = bind('batch', args, ['linecount', 'fill_with'], 1);
  const width = asIndex(size);
  const items = itemsOf(value, rendering);
  const rows: Value[] = [];
  for (let at = 0; at < items.length; at += Math.max(width, 1)) {
    const row = items.slice(at, at + width);
    while (fill !== undefined && fill !== null && row.length < width) row.push(fill);
    rows.push(row);
  }
  return new OneTimeIterator(rows.values());
};

const sliced = (value: Value, args: Arguments, rendering: Rendering): Value => {
  const [count, fill] = bind('slice', args, ['slices', 'fill_with'], 1);
  const slices = asIndex(count);
  const items = itemsOf(value, rendering);
  const [per, extra] = [Math.floor(items.length / slices), items.length % slices];
  let at = 0;
  const rows = Array.from({ length: slices }, (_, i): Value => {
    const row = items.slice(at, at + per + (i < extra ? 1 : 0));
    at += row.length;
    if (fill !== undefined && fill !== null && i >= extra && extra > 0) row.push(fill);
    return row;
  });
  return new OneTimeIterator(rows.values());
};

const count = (value: Value): bigint => BigInt(lengthOf(value));
const fallback = (value: Value, args: Arguments): Value => {
  const [given = '', boolean = false] = bind('default', args, ['default_value', 'boolean']);
  return value instanceof Undefined || (truthy(boolean) && !truthy(value)) ? given : value;
};

export const SEQUENCE_FILTERS = {
  attr: (value: Value, args: Arguments): Value => {
    const [name] = bind('attr', args, ['name'], 1);
    const found = value instanceof Dict ? undefined : getItem(value, name!);
    return found ?? new Undefined(`'dict object' has no attribute '${toText(name!)}'`);
  },
  batch,
  count,
  length: count,
  d: fallback,
  default: fallback,
  dictsort,
  first,
  groupby,
  items: (value: Value): Value => {
    if (value instanceof Undefined) return new OneTimeIterator([].values());
    if (!(value instanceof Dict)) throw typeError('Can only get item pairs from a mapping.');
    return new OneTimeIterator([...value.entries.values()].map(entry => new Tuple([...entry])).values());
  },
  join,
  last,
  list: (value: Value, _: Arguments, rendering: Rendering): Value => itemsOf(value, rendering),
  max: extreme(-1, 'max'),
  min: extreme(1, 'min'),
  slice: sliced,
  sort,
  sum,
  unique,
};
