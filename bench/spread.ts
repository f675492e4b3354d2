/** A number to four digits at most. */
export const short = (value: number): string => String(Number(value.toPrecision(value >= 100 ? 3 : 2)));

/** The middle one, and from where to where all are. */
export const spread = (values: readonly number[]): string => {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, middle, high] = [sorted[0]!, sorted[sorted.length >> 1]!, sorted.at(-1)!].map(short);
  return low === high ? middle! : `${middle} (${low}–${high})`;
};
