import type { Shape } from '../dim.js';

/** For what takes one pass over memory and no product: without it a gated feed-forward part keeps two fifths less. */
export const always = (): boolean => true;

/**
 * For attention's scores `[rows, heads, queries, keys]` over a symbolic number of keys: one of attention's seven
 * products, but they alone grow with the square of a text's length.
 */
export const whenScores = (shape: Shape): boolean => shape.length === 4 && typeof shape[3] === 'string';
