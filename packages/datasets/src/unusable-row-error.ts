/** Thrown by an adapter for a row that it cannot use; the reader, which knows file and row, makes a DatasetError of it. */
export class UnusableRowError extends Error {
  constructor(
    readonly reason: string,
    readonly advice: string,
  ) {
    super(reason);
  }
}
