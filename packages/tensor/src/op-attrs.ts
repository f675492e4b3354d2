import type { Op } from './op.js';
import type * as operations from './ops/index.js';

type Operations = typeof operations;

/** Attributes of each operation, by its name: what a table with a row for each operation is typed by. */
export type OpAttrs = {
  readonly [N in keyof Operations as Operations[N] extends Op<infer _> ? N : never]: AttrsOf<Operations[N]>;
};

/** Attributes that an operation takes. */
export type AttrsOf<O> = O extends Op<infer A> ? A : never;
