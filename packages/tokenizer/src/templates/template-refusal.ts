import type { ChatMessage } from '@charter/core';
import { TemplateRaised } from '../jinja/template-errors.js';
import { ChatTemplateError } from '../tokenizer-error.js';

/**
 * Turns what a template threw into an error that names the message: the last one of the shortest beginning of the
 * conversation that the template refuses for the same reason.
 */
export const explainRefusal = (
  cause: unknown,
  messages: readonly ChatMessage[],
  render: (messages: readonly ChatMessage[]) => unknown,
): ChatTemplateError => {
  const reason = (cause as Error).message;
  const refuses = (part: readonly ChatMessage[]) => {
    try {
      render(part);
      return false;
    } catch (error) {
      return (error as Error).message === reason;
    }
  };
  const found = messages.findIndex((_, index) => refuses(messages.slice(0, index + 1)));
  const messageIndex = found < 0 ? messages.length - 1 : found;
  const where = `messages[${messageIndex}] (role ${JSON.stringify(messages[messageIndex]?.role)})`;
  return new ChatTemplateError(
    cause instanceof TemplateRaised
      ? `The chat template refuses ${where}: ${/[.!?]$/.test(reason) ? reason : `${reason}.`} Change the conversation, or use another template (chat_template).`
      : `The chat template fails at ${where}: ${reason}`,
    { reason, messageIndex, cause },
  );
};
