import {
  type Completion,
  contentText,
  type GenerateRequest,
  isChat,
  type LanguageModel,
  type Message,
  type Prompt,
} from '@charter/core';
import { GenerateError } from './generate-error.js';

export interface BudgetOptions {
  /** Most tokens, prompts and generated texts in total. */
  tokens?: number | undefined;
  /** Most money, in the currency of `prices`. */
  cost?: number | undefined;
  /** Prices of a million tokens. */
  prices?: { prompt: number; completion: number } | undefined;
}

export interface Spent {
  prompt_tokens: number;
  completion_tokens: number;
  /** In the currency of `prices`; 0 without them. */
  cost: number;
}

/** Limit on the tokens or the money that several models spend in total. */
export interface Budget {
  /** The same model, whose requests are refused when they might go beyond the budget. */
  limit<M extends LanguageModel>(model: M): M;
  spent(): Spent;
}

/** Letters of a token, roughly, and on the safe side: for requests in flight, and servers that don't count. */
const LETTERS_PER_TOKEN = 3;
const DEFAULT_MAX_NEW_TOKENS = 256;

/**
 * A limit on tokens or money. A request is sent only where it fits even at its longest, so the budget is kept as well as
 * the length of prompts can be told in advance; requests in flight finish. A refused one fails with a `GenerateError`
 * whose `field` is `budget`.
 *
 * @throws {GenerateError} when there is nothing to limit, or a cost has no prices
 */
export const createBudget = ({ tokens, cost, prices }: BudgetOptions): Budget => {
  if (tokens === undefined && cost === undefined) {
    throw new GenerateError('createBudget: give tokens or cost.', { field: 'tokens' });
  }
  if (cost !== undefined && !prices) {
    throw new GenerateError(
      'createBudget: a cost needs prices, of a million tokens: { prompt, completion }.',
      {
        field: 'prices',
      },
    );
  }
  const costOf = (usage: Completion['usage']) =>
    prices ? (usage.prompt_tokens * prices.prompt + usage.completion_tokens * prices.completion) / 1e6 : 0;
  const used = { prompt_tokens: 0, completion_tokens: 0 };
  const reserved = { prompt_tokens: 0, completion_tokens: 0 };
  const add = (to: Completion['usage'], usage: Completion['usage'], sign: 1 | -1 = 1) => {
    to.prompt_tokens += sign * usage.prompt_tokens;
    to.completion_tokens += sign * usage.completion_tokens;
  };
  const spent = (): Spent => ({ ...used, cost: costOf(used) });

  const spending = async <T>(
    model: string,
    longest: Completion['usage'],
    work: () => Promise<T>,
    usageOf: (result: T) => Completion['usage'],
  ): Promise<T> => {
    const total = { prompt_tokens: 0, completion_tokens: 0 };
    for (const part of [used, reserved, longest]) add(total, part);
    const all = total.prompt_tokens + total.completion_tokens;
    if ((tokens !== undefined && all > tokens) || (cost !== undefined && costOf(total) > cost)) {
      const have = used.prompt_tokens + used.completion_tokens;
      const limits = [
        ...(tokens === undefined ? [] : [`${have} of ${tokens} tokens`]),
        ...(cost === undefined ? [] : [`${costOf(used).toPrecision(3)} of ${cost} in money`]),
      ];
      throw new GenerateError(
        `The budget is spent (${limits.join(', ')}; the next request might go beyond it). Raise it to go on.`,
        { model, field: 'budget' },
      );
    }
    add(reserved, longest);
    try {
      const result = await work();
      add(used, usageOf(result));
      return result;
    } catch (error) {
      // What a failed request has cost is not known; the prompt was read, most likely.
      add(used, { prompt_tokens: longest.prompt_tokens, completion_tokens: 0 });
      throw error;
    } finally {
      add(reserved, longest, -1);
    }
  };

  return {
    spent,
    limit: model => ({
      ...model,
      generate(request: GenerateRequest) {
        const longest = {
          prompt_tokens: estimate(request.prompt),
          completion_tokens: request.max_new_tokens ?? DEFAULT_MAX_NEW_TOKENS,
        };
        return spending(
          model.name,
          longest,
          () => model.generate(request),
          ({ usage, text }) => ({
            prompt_tokens: usage.prompt_tokens || longest.prompt_tokens,
            completion_tokens: usage.completion_tokens || estimate(text),
          }),
        );
      },
      ...(model.score && {
        score(request: { prompt: Message[] | string; continuations: string[] }) {
          const texts = request.continuations.map(text => estimate(request.prompt) + estimate(text) + 1);
          const usage = { prompt_tokens: texts.reduce((a, b) => a + b, 0), completion_tokens: texts.length };
          return spending(
            model.name,
            usage,
            () => model.score!(request),
            () => usage,
          );
        },
      }),
    }),
  };
};

const estimate = (prompt: Prompt): number => {
  if (typeof prompt !== 'string' && !isChat(prompt)) return prompt.length;
  const text =
    typeof prompt === 'string' ? prompt : prompt.map(({ content }) => contentText(content)).join('\n\n');
  return Math.ceil(text.length / LETTERS_PER_TOKEN);
};
