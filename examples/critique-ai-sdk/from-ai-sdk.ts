import type { LanguageModel as CharterModel, Message } from '@charter/generate';
import { generateText, type LanguageModel } from 'ai';

/** A model of the AI SDK, such as `anthropic('…')`, as one that Charter critiques, labels and evaluates with. */
export const fromAiSdk = (model: Exclude<LanguageModel, string>, concurrency = 8): CharterModel => ({
  name: model.modelId,
  concurrency,
  async generate({ prompt, max_new_tokens, temperature, top_p, seed, stop, signal }) {
    const { text, finishReason, usage } = await generateText({
      model,
      messages: prompt as Message[] as { role: 'user' | 'assistant'; content: string }[],
      // A constitution's prompts may have a system message.
      allowSystemInMessages: true,
      ...(max_new_tokens !== undefined && { maxOutputTokens: max_new_tokens }),
      ...(temperature !== undefined && { temperature }),
      ...(top_p !== undefined && { topP: top_p }),
      ...(seed !== undefined && { seed }),
      ...(stop !== undefined && { stopSequences: stop }),
      ...(signal && { abortSignal: signal }),
    });
    return {
      text,
      finish_reason:
        finishReason === 'length' ? 'length' : finishReason === 'content-filter' ? 'content_filter' : 'stop',
      usage: { prompt_tokens: usage.inputTokens ?? 0, completion_tokens: usage.outputTokens ?? 0 },
    };
  },
});
