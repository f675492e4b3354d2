import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/**
 * Positions 0 … length - 1 in an order that the seed alone decides, on every machine (Fisher-Yates over
 * xoroshiro128+). Kept with a run, it says which row came when.
 */
export const shuffleOrder = (length: number, seed: number): number[] => {
  const random = xoroshiro128plus(seed);
  const order = Array.from({ length }, (_, i) => i);
  for (let i = length - 1; i > 0; i--) {
    const j = uniformInt(random, 0, i);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
};

/** The rows in the order of {@link shuffleOrder}; the given array stays as it is. */
export const shuffle = <T>(rows: readonly T[], seed: number): T[] => {
  return shuffleOrder(rows.length, seed).map(at => rows[at]!);
};

/**
 * Rows to train on and rows held out, each in the order given; the seed decides which.
 *
 * @param options.test_size a share of the rows if below 1 (rounded up, as in datasets' train_test_split), else a count
 * @throws {RangeError} when one side would be empty
 */
export const split = <T>(
  rows: readonly T[],
  { test_size, seed }: { test_size: number; seed: number },
): { train: T[]; test: T[] } => {
  const count = test_size < 1 ? Math.ceil(rows.length * test_size) : test_size;
  if (!Number.isInteger(count) || count < 1 || count >= rows.length) {
    throw new RangeError(
      `test_size ${test_size} of ${rows.length} rows leaves one side empty. ` +
        'Give a share between 0 and 1, or a whole number below the number of rows.',
    );
  }
  const held = new Set(shuffleOrder(rows.length, seed).slice(0, count));
  return { train: rows.filter((_, i) => !held.has(i)), test: rows.filter((_, i) => held.has(i)) };
};

/** One of the sources of a mixture, and its part in it relative to the others. */
export interface MixtureSource<T> {
  rows: readonly T[];
  ratio: number;
}

/**
 * Rows of several sources in the given ratios, none twice, in shuffled order:
 * ratios 5 and 2 of 2,000 and 900 rows give 2,000 and 800. The source that runs out first sets the size.
 *
 * @param options.total a smaller number of rows in all
 * @throws {RangeError} when a ratio is not above 0, or the sources cannot fill `total`
 */
export const mix = <T>(
  sources: readonly MixtureSource<T>[],
  { seed, total }: { seed: number; total?: number | undefined },
): T[] => {
  const bad = sources.findIndex(({ ratio }) => !(ratio > 0 && Number.isFinite(ratio)));
  if (bad >= 0)
    throw new RangeError(`sources[${bad}].ratio is ${sources[bad]!.ratio}; give a number above 0.`);
  const sum = sources.reduce((all, { ratio }) => all + ratio, 0);
  // The small surplus keeps 2000 / (5/7) · (2/7) from falling below 800.
  const most = Math.floor(Math.min(...sources.map(({ rows, ratio }) => (rows.length * sum) / ratio)) + 1e-6);
  if (total !== undefined && total > most) {
    throw new RangeError(
      `A mixture of ${total} rows in these ratios needs more rows than there are; at most ${most} can be had. ` +
        'Lower total, or change the ratios.',
    );
  }
  const size = total ?? most;
  const taken = sources.flatMap(({ rows, ratio }, index) =>
    shuffle(rows, seed + index).slice(0, Math.min(rows.length, Math.round((size * ratio) / sum))),
  );
  return shuffle(taken, seed);
};
