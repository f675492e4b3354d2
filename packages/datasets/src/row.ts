import type { Message } from '@charter/core';
import type { SourceLocation } from './dataset-error.js';

/** Fields of every row. */
interface AnyRow {
  source: SourceLocation;
  /** JSON schemas of the tools that the chat template writes. */
  tools?: readonly unknown[];
  /** Further variables of the chat template for this row. */
  chat_template_kwargs?: Readonly<Record<string, unknown>>;
  /** Other columns of the row as the file has them, where `keep` asks for them and they are filled. */
  kept?: Readonly<Record<string, unknown>>;
}

/** A whole conversation. */
export interface MessagesRow extends AnyRow {
  kind: 'messages';
  messages: Message[];
}

/** A prompt and its completion; both conversations or both plain text. */
export type PromptCompletionRow = { kind: 'prompt-completion' } & AnyRow &
  TextOrMessages<'prompt' | 'completion'>;

/** A prompt with a better and a worse answer; all conversations or all plain text. */
export type PreferenceRow = { kind: 'preference' } & AnyRow &
  TextOrMessages<'prompt' | 'chosen' | 'rejected'>;

/** A prompt without an answer. */
export interface PromptRow extends AnyRow {
  kind: 'prompt';
  prompt: Message[] | string;
  /** `unsafe` when answering it does harm, where the file says so. */
  safety?: 'safe' | 'unsafe';
}

/** Plain text, trained on whole. */
export interface TextRow extends AnyRow {
  kind: 'text';
  text: string;
}

export type Row = MessagesRow | PromptCompletionRow | PreferenceRow | PromptRow | TextRow;

type TextOrMessages<Name extends string> = Record<Name, Message[]> | Record<Name, string>;

/** A row as the file has it, before an adapter reads it. */
export interface SourceRecord {
  record: Readonly<Record<string, unknown>>;
  source: SourceLocation;
}
