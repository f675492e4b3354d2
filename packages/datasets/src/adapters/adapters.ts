import type { RowAdapter } from './adapter.js';
import { answerTranscripts } from './answer-transcripts.js';
import { caiConversation } from './cai-conversation.js';
import { messages, sharegpt } from './conversation.js';
import { hhTranscript } from './hh-transcript.js';
import { hhh } from './hhh.js';
import { prompt, text } from './plain.js';
import { preference } from './preference.js';
import { promptCompletion } from './prompt-completion.js';
import { xstest } from './xstest.js';

/** Every kind of row that can be read, by name. The first that matches a row's columns reads it. */
export const adapters = {
  'cai-conversation-harmless': caiConversation,
  'answer-transcripts': answerTranscripts,
  'hh-rlhf': hhTranscript,
  hhh,
  preference,
  messages,
  sharegpt,
  xstest,
  'prompt-completion': promptCompletion,
  prompt,
  text,
} satisfies Record<string, RowAdapter>;

export type AdapterName = keyof typeof adapters;
