import { CharterError } from '@charter/core';

/**
 * The data given to the report does not fit its schema. The message lists every problem with its place.
 * `problems` holds the same facts: where in the data, and what was wrong there.
 */
export class ReportError extends CharterError {
  override readonly name = 'ReportError';
  readonly problems: readonly { where: string; problem: string }[];

  constructor(problems: readonly { where: string; problem: string }[]) {
    const lines = problems.map(({ where, problem }) => `  ${where}: ${problem}`);
    super(
      `The report data does not fit its schema:\n${lines.join('\n')}\nCorrect the program that wrote it, or leave the section out: every section is optional.`,
    );
    this.problems = problems;
  }
}
