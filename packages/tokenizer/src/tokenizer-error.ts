import { CharterError } from '@charter/core';

/** A tokenizer's files, a token or a text cannot be used. */
export class TokenizerError extends CharterError {
  override readonly name: string = 'TokenizerError';
  /** The faulty file, where there is one. */
  readonly file: string | undefined;

  constructor(message: string, facts: { file?: string | undefined; cause?: unknown } = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.file = facts.file;
  }
}

/** A chat template refused a conversation, or cannot do what was asked of it. */
export class ChatTemplateError extends TokenizerError {
  override readonly name = 'ChatTemplateError';
  /** Position in `messages` of the message the template refused, counted from 0. */
  readonly messageIndex: number | undefined;
  /** The template's own message. */
  readonly reason: string;

  constructor(
    message: string,
    facts: { reason: string; messageIndex?: number | undefined; cause?: unknown },
  ) {
    super(message, { cause: facts.cause });
    this.reason = facts.reason;
    this.messageIndex = facts.messageIndex;
  }
}
