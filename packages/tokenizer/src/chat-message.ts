/** One turn of a conversation, as chat templates read it. Further fields reach the template untouched. */
export interface ChatMessage {
  /** `system`, `user`, `assistant`, `tool`, or whatever else the model's template knows. */
  role: string;
  /** Text, or a list of `{ type: 'text', text }` blocks. `null` counts as absent, as in transformers. */
  content?: string | readonly unknown[] | null | undefined;
  /** Calls an assistant's turn makes, in the form of OpenAI's API. */
  tool_calls?: readonly unknown[] | null | undefined;
  /** The thinking that came before an assistant's answer. */
  reasoning_content?: string | null | undefined;
  name?: string | null | undefined;
}
