/** Number to two significant digits, or to three from 100 on. */
export const roundedFigure = (value: number): string =>
  String(Number(value.toPrecision(value >= 100 ? 3 : 2)));

/** Median, and the range unless it is a point: `2.8 (2.5–2.9)`. */
export const medianAndRange = (values: readonly number[]): string => {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, middle, high] = [sorted[0]!, sorted[sorted.length >> 1]!, sorted.at(-1)!].map(roundedFigure);
  return low === high ? middle! : `${middle} (${low}–${high})`;
};
