/** What an adapter found wrong with a row; the reader, which knows the place, makes a DatasetError of it. */
export class RowTrouble extends Error {
  constructor(
    readonly reason: string,
    readonly advice: string,
  ) {
    super(reason);
  }
}
