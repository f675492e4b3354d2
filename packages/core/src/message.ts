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

/** A part of a turn's content that is text. Further fields reach the template untouched. */
export interface TextPart {
  readonly type?: string;
  readonly text: string;
}

/** A turn whose content is text, whole or in parts. */
export interface Message extends ChatMessage {
  role: Role;
  content: string | readonly TextPart[];
}

/** Text of a turn's content, its parts joined; undefined for a content that is not all text. */
export const contentText = <T>(content: T): T extends Message['content'] ? string : string | undefined => {
  type Text = T extends Message['content'] ? string : string | undefined;
  if (typeof content === 'string') return content as Text;
  const parts: readonly unknown[] | undefined = Array.isArray(content) ? content : undefined;
  const isText = (part: unknown): part is TextPart => typeof (part as TextPart | null)?.text === 'string';
  return (parts?.every(isText) ? parts.map(({ text }) => text).join('') : undefined) as Text;
};
