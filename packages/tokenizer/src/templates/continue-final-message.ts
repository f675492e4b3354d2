import type { ChatMessage } from '@charter/core';
import type { RenderOptions } from '../chat-template.js';
import { ChatTemplateError } from '../tokenizer-error.js';

const TAG = 'CONTINUE_FINAL_MESSAGE_TAG ';

/**
 * The conversation cut right behind the last message's text, so that the model goes on with it: the text is rendered
 * with a tag behind it, and everything from the tag on is dropped.
 *
 * @param template the template's source
 * @param render renders a conversation whole
 * @throws {ChatTemplateError} when the last message has no text, or the template does not write it as it is
 * @see transformers `utils/chat_template_utils.py`, `render_jinja_template`
 */
export const continueFinalMessage = (
  messages: readonly ChatMessage[],
  options: RenderOptions,
  template: string,
  render: (messages: readonly ChatMessage[]) => string,
): string => {
  const messageIndex = messages.length - 1;
  const last = messages[messageIndex]!;
  const fail = (reason: string) =>
    new ChatTemplateError(`messages[${messageIndex}] cannot be continued: ${reason}.`, {
      reason,
      messageIndex,
    });
  if (options.add_generation_prompt) {
    throw fail('add_generation_prompt asks for a new turn instead; set only one of the two');
  }
  if (!template.includes('content')) throw fail('the chat template does not read a message’s content');

  const { text, tagged } = tag(last.content) ?? {};
  if (text === undefined) throw fail('it has no text content');
  const rendered = render([...messages.slice(0, -1), { ...last, content: tagged }]);
  const at = rendered.lastIndexOf(TAG.trim());
  if (at < 0 || !rendered.includes(text.trim())) throw fail('the chat template does not write it as it is');
  const open = rendered.slice(0, at);
  // Where the template trimmed the tag's space, it trims the text's trailing space too.
  return rendered.startsWith(TAG, at) ? open : open.trimEnd();
};

const tag = (
  content: ChatMessage['content'],
): { text: string; tagged: string | readonly unknown[] } | undefined => {
  if (typeof content === 'string') return { text: content, tagged: content + TAG };
  if (!Array.isArray(content)) return undefined;
  const index = content.findLastIndex(block => typeof block?.text === 'string');
  if (index < 0) return undefined;
  const { text } = content[index];
  return { text, tagged: content.with(index, { ...content[index], text: text + TAG }) };
};
