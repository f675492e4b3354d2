import { type LanguageModelV4Prompt, UnsupportedFunctionalityError } from '@ai-sdk/provider';
import type { Message } from '@charter/core';

type Part = Exclude<LanguageModelV4Prompt[number]['content'], string>[number];

/**
 * Messages of a prompt of the AI SDK, for a chat template. Thinking of earlier answers becomes `reasoning_content`.
 *
 * @throws {UnsupportedFunctionalityError} when a part is no text
 */
export const messagesOf = (prompt: LanguageModelV4Prompt): Message[] =>
  prompt.map(({ role, content }): Message => {
    if (typeof content === 'string') return { role, content };
    const texts = (type: 'text' | 'reasoning') =>
      (content as readonly Part[]).flatMap(part => (part.type === type ? [part.text] : [])).join('');
    const other = content.find(({ type }) => type !== 'text' && type !== 'reasoning');
    if (other) {
      throw new UnsupportedFunctionalityError({
        functionality: `${other.type} parts in a message`,
        message: `A ${role} message holds a part of type "${other.type}", but the model reads text only.`,
      });
    }
    const reasoning = texts('reasoning');
    return { role, content: texts('text'), ...(reasoning && { reasoning_content: reasoning }) };
  });
