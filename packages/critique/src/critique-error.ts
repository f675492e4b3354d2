import { CharterError } from '@charter/core';

/** Where the mistake is: a file and line of the user's, or the number (from 0) of an item in a list of theirs. */
export interface SourceLocation {
  file?: string | undefined;
  line?: number | undefined;
  index?: number | undefined;
  list?: 'prompts' | 'pairs' | undefined;
}

/** A constitution, prompt file, option or output file that does not fit. */
export class CritiqueError extends CharterError {
  override readonly name = 'CritiqueError';
  readonly file: string | undefined;
  readonly line: number | undefined;
  readonly index: number | undefined;

  /** @param problem what was wrong and what to do; the place is put in front of it */
  constructor(problem: string, place: SourceLocation = {}, options?: ErrorOptions) {
    super(`${describeLocation(place)}${problem}`, options);
    this.file = place.file;
    this.line = place.line;
    this.index = place.index;
  }
}

const describeLocation = ({ file, line, index, list = 'prompts' }: SourceLocation): string => {
  if (file !== undefined) return line === undefined ? `${file}: ` : `${file}:${line}: `;
  return index === undefined ? '' : `${list}[${index}]: `;
};
