import { type Dim, evaluateDim, type Shape, termsOf } from '../dim.js';
import { GraphError } from '../errors.js';
import type { Feed } from '../runtime.js';
import type { DType } from '../tensor.js';

interface Described {
  readonly dtype: DType;
  readonly shape: Shape;
}

/**
 * The sizes of one run: what each symbol is, from the feeds.
 */
export class RunShapes {
  readonly #sizes: ReadonlyMap<string, number>;
  readonly #known = new Map<Dim, number>();

  /** @throws {GraphError} when a feed is missing, unknown or does not fit its input */
  constructor(inputs: ReadonlyMap<string, Described>, feeds: Readonly<Record<string, Feed>>) {
    const sizes = new Map<string, number>();
    const origin = new Map<string, string>();
    const names = () => [...inputs.keys()].join(', ');
    for (const [name, { dtype, shape }] of inputs) {
      const feed = feeds[name];
      if (!feed) throw new GraphError(`Feed "${name}" is missing. The program's inputs are: ${names()}.`);
      if (feed.dtype !== dtype)
        throw new GraphError(`Feed "${name}" is ${feed.dtype}, but the program expects ${dtype}.`);
      if (feed.shape.length !== shape.length) throw misfit(name, feed, shape);
      shape.forEach((dim, i) => {
        if (typeof dim !== 'string' || sizes.has(dim)) return;
        sizes.set(dim, feed.shape[i]!);
        origin.set(dim, name);
      });
    }
    for (const name of Object.keys(feeds)) {
      if (!inputs.has(name))
        throw new GraphError(`Feed "${name}" is unknown. The program's inputs are: ${names()}.`);
    }
    this.#sizes = sizes;
    for (const [name, { shape }] of inputs) {
      shape.forEach((dim, i) => {
        if (feeds[name]!.shape[i] !== this.size(dim))
          throw misfit(name, feeds[name]!, shape, { dim, origin, size: this.size(dim) });
      });
    }
  }

  /** Equal for runs of equal sizes. */
  get key(): string {
    return JSON.stringify([...this.#sizes]);
  }

  size(dim: Dim): number {
    if (typeof dim === 'number') return dim;
    const known = this.#known.get(dim);
    if (known !== undefined) return known;
    // A sum or product stands for itself where its symbols stand nowhere alone.
    const computable = termsOf(dim).every(({ symbols }) => symbols.every(symbol => this.#sizes.has(symbol)));
    const size = computable ? evaluateDim(dim, this.#sizes) : this.#sizes.get(dim);
    if (size === undefined) throw new GraphError(`Dimension "${dim}" has no value: no input carries it.`);
    this.#known.set(dim, size);
    return size;
  }

  shape(shape: Shape): number[] {
    return shape.map(dim => this.size(dim));
  }
}

const misfit = (
  name: string,
  feed: Feed,
  shape: Shape,
  at?: { dim: Dim; origin: ReadonlyMap<string, string>; size: number },
): GraphError => {
  const from = at?.origin.get(`${at.dim}`);
  const elsewhere = from === undefined || from === name ? '' : ` in "${from}"`;
  const why = typeof at?.dim === 'string' ? `, where ${at.dim} is ${at.size}${elsewhere}` : '';
  return new GraphError(
    `Feed "${name}" has shape [${feed.shape.join(', ')}], but the program expects [${shape.join(', ')}]${why}.`,
  );
};
