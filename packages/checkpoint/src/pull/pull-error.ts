import { CharterError } from '@charter/core';

/** A model or dataset that could not be had. The message says what was tried and how to give a local one. */
export class PullError extends CharterError {
  override readonly name = 'PullError';
  /** Name that was asked for. */
  readonly wanted: string;
  /** Each source that was tried, and the reason why it gave nothing. */
  readonly tried: readonly string[];

  /**
   * @param problem what is wrong
   * @param advice what to do about it
   */
  constructor(
    wanted: string,
    problem: string,
    advice: string,
    facts: { tried?: readonly string[] | undefined; cause?: unknown } = {},
  ) {
    const { tried = [], cause } = facts;
    const lines = [`${wanted}: ${problem}`, ...tried.map(attempt => `- ${attempt}`), advice];
    super(lines.join('\n'), cause === undefined ? undefined : { cause });
    this.wanted = wanted;
    this.tried = tried;
  }
}

/** Reason why a request or a command failed, in one line; Node's fetch hides it in the cause. */
export const reasonOf = (error: unknown): string => {
  const { message, cause } = error as Error & { cause?: Error & { code?: string } };
  if (cause?.code === 'ECONNREFUSED') return 'the connection was refused';
  if (cause?.code === 'ENOTFOUND' || cause?.code === 'EAI_AGAIN') return 'the host name is not known here';
  return (cause?.message || message).split('\n')[0]!;
};
