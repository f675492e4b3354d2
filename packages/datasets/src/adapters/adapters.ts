import type { Adapter } from './adapter.js';
import { caiConversation } from './cai-conversation.js';
import { messages, sharegpt } from './conversation.js';
import { hhTranscript } from './hh-transcript.js';
import { prompt, text } from './plain.js';
import { preference } from './preference.js';
import { promptCompletion } from './prompt-completion.js';

/** Every kind of row that can be read, by name. The first that matches a row's columns reads it. */
export const adapters = {
  'cai-conversation-harmless': caiConversation,
  'hh-rlhf': hhTranscript,
  preference,
  messages,
  sharegpt,
  'prompt-completion': promptCompletion,
  prompt,
  text,
} satisfies Record<string, Adapter>;

export type AdapterName = keyof typeof adapters;
