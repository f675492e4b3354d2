import { type ChatVariables, isChat, type Message, type Prompt } from '@charter/core';
import { type Tokenizer, TokenizerError } from '@charter/tokenizer';
import { GenerateError } from '../generate-error.js';

/** Characters that are tokenized at once, 10 ms of work, before other requests get their turn. */
const SLICE = 1 << 15;
/** A cut between two slices may part a word into at most this many more tokens. */
const TOKENS_OF_A_CUT = 16;

export interface PromptEncoderOptions {
  tokenizer: Tokenizer;
  /** Most tokens of a text. */
  maxPositions: number;
  /** Name of the model, for errors. */
  name: string;
  /** Advice on a text that is too long, such as `Shorten the prompt`. */
  advice: string;
}

/** Turns prompts into token ids, and refuses those that have none or too many. */
export interface PromptEncoder {
  /** A prompt as text; messages as the chat template writes them. */
  render(prompt: Message[] | string, chat?: ChatVariables): { text: string; add_special_tokens: boolean };
  /**
   * @param more tokens that must find a position behind the prompt
   * @throws {GenerateError} naming `prompt`: no tokens, too many, ids outside the vocabulary, or a template that refuses
   */
  encode(prompt: Prompt, more?: number, chat?: ChatVariables): Promise<number[]>;
  /** @throws {GenerateError} when a text has more tokens than the model has positions */
  checkLength(length: number): void;
}

export const createPromptEncoder = ({
  tokenizer,
  maxPositions,
  name,
  advice,
}: PromptEncoderOptions): PromptEncoder => {
  const fail = (problem: string, facts: { code?: 'context_length_exceeded'; cause?: unknown } = {}) =>
    new GenerateError(problem, { model: name, field: 'prompt', ...facts });

  const checkLength = (length: number, atLeast = '') => {
    if (length <= maxPositions) return;
    throw fail(
      `generate: ${atLeast}${length} tokens are more than the ${maxPositions} positions of ${name}. ${advice}.`,
      { code: 'context_length_exceeded' },
    );
  };

  /** Tokenizes a long text slice by slice, so that one that is far too long is refused early, and others get their turn. */
  const checkLongText = async (text: string): Promise<void> => {
    let least = 0;
    for (let start = 0; start < text.length; start += SLICE) {
      const slice = tokenizer.encode(text.slice(start, start + SLICE), { add_special_tokens: false });
      least += Math.max(0, slice.length - TOKENS_OF_A_CUT);
      checkLength(least, 'at least ');
      await new Promise(resolve => setTimeout(resolve));
    }
  };

  const render: PromptEncoder['render'] = (prompt, { tools, chat_template_kwargs } = {}) => {
    if (typeof prompt === 'string') return { text: prompt, add_special_tokens: true };
    const open = prompt.at(-1)?.role === 'assistant';
    try {
      const text = tokenizer.renderChat(prompt, {
        add_generation_prompt: !open,
        continue_final_message: open,
        tools,
        chat_template_kwargs,
      });
      // A template writes its own BOS.
      return { text, add_special_tokens: false };
    } catch (error) {
      throw error instanceof TokenizerError ? fail(error.message, { cause: error }) : error;
    }
  };

  const idsOf = async (prompt: Prompt, chat: ChatVariables | undefined): Promise<number[]> => {
    if (typeof prompt !== 'string' && !isChat(prompt)) {
      const outside = prompt.find(id => !Number.isInteger(id) || id < 0 || id >= tokenizer.vocabSize);
      if (outside === undefined) return prompt;
      throw fail(
        `generate: token id ${outside} is outside the vocabulary of ${name} (0 to ${tokenizer.vocabSize - 1}).`,
      );
    }
    const { text, add_special_tokens } = render(prompt, chat);
    if (text.length > SLICE) await checkLongText(text);
    return tokenizer.encode(text, { add_special_tokens });
  };

  return {
    render,
    checkLength,
    async encode(prompt, more = 0, chat) {
      const ids = await idsOf(prompt, chat);
      if (ids.length === 0) throw fail('generate: the prompt has no tokens. Give at least one word.');
      checkLength(ids.length + more);
      return ids;
    },
  };
};
