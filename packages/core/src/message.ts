/** One turn of a conversation, as a chat template reads it. Further fields reach the template untouched. */
export interface ChatMessage {
  /** A {@link Role}, or another one that the model's template knows. */
  role: string;
  /** Text, or a list of parts such as `{ type: 'text', text }`. `null` counts as absent, as in transformers. */
  content?: string | readonly unknown[] | null | undefined;
  /** Calls made in an assistant's turn, in the form of OpenAI's API. */
  tool_calls?: readonly unknown[] | null | undefined;
  /** Thinking that came before an assistant's answer. */
  reasoning_content?: string | null | undefined;
  name?: string | null | undefined;
}

/** Roles that the common chat templates know. */
export type Role = 'system' | 'user' | 'assistant' | 'tool';

/** A turn whose content is text. */
export interface Message extends ChatMessage {
  role: Role;
  content: string;
}
