import type { Arguments, Rendering, Value } from '../values.js';
import { NUMBER_FILTERS } from './number-filters.js';
import { SELECTION_FILTERS } from './selection-filters.js';
import { SEQUENCE_FILTERS } from './sequence-filters.js';
import { TEXT_FILTERS } from './text-filters.js';

export type Filter = (value: Value, args: Arguments, rendering: Rendering) => Value;

/** Jinja2's filters by name. `random`, `urlize` and `pprint` are not here: no training text comes from them. */
export const FILTERS: Readonly<Record<string, Filter>> = {
  ...TEXT_FILTERS,
  ...NUMBER_FILTERS,
  ...SEQUENCE_FILTERS,
  ...SELECTION_FILTERS,
};
