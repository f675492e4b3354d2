import { type ChatMessage, contentText } from '@charter/core';
import type { Span } from '../chat-template.js';
import { ChatTemplateError } from '../tokenizer-error.js';

/**
 * Spans of the assistant's turns in a rendered conversation, for templates without `{% generation %}`.
 *
 * The conversation is rendered up to each assistant's turn, with the generation prompt, and again with that turn: what
 * the second adds is what the model is to write, through the end-of-turn token. transformers has no such rule (its mask
 * is all zeros for such templates) and TRL swaps in templates of its own for the families it knows.
 *
 * @param full the whole conversation, rendered
 * @param render renders some first messages
 * @throws {ChatTemplateError} when the template writes a turn differently once others follow it
 */
export const assistantSpans = (
  messages: readonly ChatMessage[],
  full: string,
  render: (messages: readonly ChatMessage[], add_generation_prompt: boolean) => string,
): Span[] => {
  const spans: Span[] = [];
  for (const [index, message] of messages.entries()) {
    if (message.role !== 'assistant') continue;
    if (index === 0) throw cannotTell(index, 'the conversation starts with it, so no prompt comes before it');
    const before = render(messages.slice(0, index), true);
    if (!full.startsWith(before)) {
      throw cannotTell(index, 'the template writes what comes before it differently once it is there');
    }
    const after = index === messages.length - 1 ? full : render(messages.slice(0, index + 1), false);
    const start = before.length;
    const end = commonPrefix(after, full);
    // A template may close a conversation with a token that turns inside it lack; only the text itself must agree.
    const content = contentText(message.content)?.trim() ?? '';
    if (end < after.length && (end <= start || !full.slice(start, end).includes(content))) {
      throw cannotTell(index, 'the template rewrites it once further messages follow');
    }
    spans.push({ start, end });
  }
  return spans;
};

const commonPrefix = (a: string, b: string): number => {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a.charCodeAt(i) !== b.charCodeAt(i)) return i;
  return length;
};

const cannotTell = (messageIndex: number, reason: string): ChatTemplateError => {
  return new ChatTemplateError(
    `Cannot mark the assistant's tokens of messages[${messageIndex}]: ${reason}. ` +
      'Use a chat template with {% generation %} … {% endgeneration %} around the assistant’s text, or train on ' +
      'prompt-completion rows.',
    { reason, messageIndex },
  );
};
