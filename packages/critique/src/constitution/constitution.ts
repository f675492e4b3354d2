import type { Message } from '@charter/core';

/** One principle, asked in three ways. `comparison` is needed for labels only; foreign formats have none. */
export interface Principle {
  id: string;
  /** The principle in a sentence, for a system prompt; foreign formats have none. */
  statement?: string | undefined;
  critique: string;
  revision: string;
  comparison?: string | undefined;
  /** Relative frequency with which it is drawn; default 1, and 0 is never drawn. */
  weight: number;
  tags: string[];
}

/** A worked example that shows the model what a critique and a revision look like. */
export interface ConstitutionExample {
  prompt: Message[];
  response: string;
  principle?: string | undefined;
  critique_request: string;
  critique: string;
  revision_request: string;
  revision: string;
}

export interface Constitution {
  name: string;
  description: string;
  /** Path of the file it was read from. */
  file: string;
  /** Of everything that can change a generated text: principles and examples, not names and descriptions. */
  hash: string;
  principles: Principle[];
  examples: ConstitutionExample[];
}

/** A prompt as messages: a plain text is what the user says. */
export const asMessages = (prompt: string | Message[]): Message[] =>
  typeof prompt === 'string' ? [{ role: 'user', content: prompt }] : prompt;
