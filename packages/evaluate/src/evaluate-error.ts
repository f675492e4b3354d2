import { CharterError } from '@charter/core';

/** Where the mistake is: a file and line of the user's, a stage, or a row of the data given (from 0). */
export interface SourceLocation {
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly stage?: string | undefined;
  readonly row?: number | undefined;
}

/** Data, a file or an option that an evaluation cannot use as it is. */
export class EvaluateError extends CharterError {
  override readonly name = 'EvaluateError';
  readonly place: SourceLocation;

  /** @param problem what is wrong and what to do; the place is put in front of it */
  constructor(problem: string, place: SourceLocation = {}, options?: ErrorOptions) {
    super(`${describe(place)}${problem}`, options);
    this.place = place;
  }
}

const describe = ({ file, line, stage, row }: SourceLocation): string => {
  const parts = [
    file === undefined ? undefined : line === undefined ? file : `${file}:${line}`,
    stage === undefined ? undefined : `stage ${stage}`,
    row === undefined ? undefined : `row ${row}`,
  ].filter(part => part !== undefined);
  return parts.length ? `${parts.join(', ')}: ` : '';
};
