import type { Source } from './dataset-error.js';

export type Role = 'system' | 'user' | 'assistant' | 'tool';

/** One turn of a conversation. */
export interface Message {
  role: Role;
  content: string;
  /** Calls the assistant makes, as the file has them. */
  tool_calls?: readonly unknown[];
  reasoning_content?: string;
  name?: string;
}

/** A whole conversation. */
export interface MessagesRow {
  kind: 'messages';
  messages: Message[];
  source: Source;
}

/** A prompt and what the model is to write behind it; both chats or both plain text. */
export type PromptCompletionRow = { kind: 'prompt-completion'; source: Source } & Both<
  'prompt' | 'completion'
>;

/** A prompt with a better and a worse answer; all chats or all plain text. */
export type PreferenceRow = { kind: 'preference'; source: Source } & Both<'prompt' | 'chosen' | 'rejected'>;

/** Something to answer. */
export interface PromptRow {
  kind: 'prompt';
  prompt: Message[] | string;
  source: Source;
}

/** Plain text to learn whole. */
export interface TextRow {
  kind: 'text';
  text: string;
  source: Source;
}

export type Row = MessagesRow | PromptCompletionRow | PreferenceRow | PromptRow | TextRow;

type Both<Name extends string> = Record<Name, Message[]> | Record<Name, string>;

/** A row as the file has it, before an adapter reads it. */
export interface SourceRecord {
  record: Readonly<Record<string, unknown>>;
  source: Source;
}
