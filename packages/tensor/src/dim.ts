/**
 * A dimension: a number, or a symbol whose value is known when the program runs. Sums and products of symbols
 * are symbols too, written in one canonical way (`2*rows*time+1`), so that equal dimensions are equal strings.
 */
export type Dim = number | string;
export type Shape = readonly Dim[];

/** Integer polynomial over symbols: from a sorted product such as `rows*time` to its factor; '' is the constant. */
type Polynomial = ReadonlyMap<string, number>;

const parse = (dim: Dim): Polynomial => {
  if (typeof dim === 'number') return new Map(dim === 0 ? [] : [['', dim]]);
  const terms = new Map<string, number>();
  for (const term of dim.split('+')) {
    const factors = term.split('*');
    const symbols = factors.filter(f => !/^-?\d+$/.test(f)).sort();
    const factor = factors.filter(f => /^-?\d+$/.test(f)).reduce((n, f) => n * Number(f), 1);
    const key = symbols.join('*');
    terms.set(key, (terms.get(key) ?? 0) + factor);
  }
  return terms;
};

const format = (terms: Polynomial): Dim => {
  const parts = [...terms]
    .filter(([, factor]) => factor !== 0)
    .sort(([a], [b]) => (a === '' ? 1 : b === '' ? -1 : a < b ? -1 : 1));
  if (parts.every(([symbols]) => symbols === '')) return parts[0]?.[1] ?? 0;
  return parts
    .map(([symbols, factor]) =>
      symbols === '' ? `${factor}` : factor === 1 ? symbols : `${factor}*${symbols}`,
    )
    .join('+');
};

export const addDims = (a: Dim, b: Dim): Dim => {
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  const sum = new Map(parse(a));
  for (const [symbols, factor] of parse(b)) sum.set(symbols, (sum.get(symbols) ?? 0) + factor);
  return format(sum);
};

export const mulDims = (a: Dim, b: Dim): Dim => {
  if (typeof a === 'number' && typeof b === 'number') return a * b;
  const product = new Map<string, number>();
  for (const [s, x] of parse(a)) {
    for (const [t, y] of parse(b)) {
      const symbols = [...s.split('*'), ...t.split('*')].filter(Boolean).sort().join('*');
      product.set(symbols, (product.get(symbols) ?? 0) + x * y);
    }
  }
  return format(product);
};

/** Number of elements of a shape, itself a dimension. */
export const sizeOf = (shape: Shape): Dim => shape.reduce<Dim>(mulDims, 1);

/** The terms of a dimension as (factor, symbols) pairs: what a runtime needs to compute it. */
export const termsOf = (dim: Dim): { factor: number; symbols: string[] }[] =>
  [...parse(dim)].map(([symbols, factor]) => ({ factor, symbols: symbols.split('*').filter(Boolean) }));

/**
 * The value of a dimension once its symbols are known.
 * @throws {RangeError} when a symbol has no value
 */
export const evaluateDim = (dim: Dim, symbols: ReadonlyMap<string, number>): number => {
  if (typeof dim === 'number') return dim;
  let total = 0;
  for (const { factor, symbols: names } of termsOf(dim)) {
    total += names.reduce((n, name) => {
      const value = symbols.get(name);
      if (value === undefined) throw new RangeError(`Dimension "${name}" has no value: no input carries it.`);
      return n * value;
    }, factor);
  }
  return total;
};

/** NumPy's rule, on symbols too: dimensions agree when they are equal or one of them is 1. */
export const broadcastShapes = (a: Shape, b: Shape): Shape | undefined => {
  const rank = Math.max(a.length, b.length);
  const result: Dim[] = [];
  for (let i = 0; i < rank; i++) {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) return undefined;
    result.push(x === 1 ? y : x);
  }
  return result;
};

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((dim, i) => dim === b[i]);

export const formatShape = (shape: Shape): string => `[${shape.join(', ')}]`;
