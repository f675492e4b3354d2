import { CharterError } from '@charter/core';

/** Something about a graph is wrong; the message names the operation, where it stands and both shapes. */
export class ShapeError extends CharterError {
  override readonly name = 'ShapeError';
  constructor(
    message: string,
    /** Name of the operation, such as `matmul`. */
    readonly operation: string,
    /** Path of scopes in which it was built, such as `layers.3.mlp.up_proj`. */
    readonly scope: string,
  ) {
    super(scope ? `${operation} at ${scope}: ${message}` : `${operation}: ${message}`);
  }
}

/** A graph is used in a way that its parts do not allow: an unknown feed, a value of another graph. */
export class GraphError extends CharterError {
  override readonly name = 'GraphError';
}
