import type { LanguageModelV4CallOptions, SharedV4Warning } from '@ai-sdk/provider';
import { GenerateError, type GenerateRequest } from '@charter/generate';
import { messagesOf } from './messages-of.js';

/** Options that only Charter has, given as `providerOptions: { charter: { … } }`. */
const OWN_OPTIONS = ['min_p', 'repetition_penalty', 'top_logprobs'] as const;

/** A request to a model, with warnings of what its call asks in vain. */
export interface CallRequest {
  readonly request: GenerateRequest;
  readonly warnings: SharedV4Warning[];
}

/**
 * @param longest most tokens to write where the call does not say
 * @throws {UnsupportedFunctionalityError} when the prompt holds files or tools
 * @throws {GenerateError} naming an unknown option of `providerOptions.charter`
 */
export const callRequest = (options: LanguageModelV4CallOptions, longest?: number): CallRequest => ({
  request: {
    prompt: messagesOf(options.prompt),
    max_new_tokens: options.maxOutputTokens ?? longest,
    temperature: options.temperature,
    top_p: options.topP,
    top_k: options.topK,
    seed: options.seed,
    stop: options.stopSequences,
    signal: options.abortSignal,
    ...ownOptions(options.providerOptions?.charter),
  },
  warnings: unsupported(options).map(([feature, details]) => ({ type: 'unsupported', feature, details })),
});

/** Settings that would change the text but are not known here, as the AI SDK wants them told. */
const unsupported = (options: LanguageModelV4CallOptions): [feature: string, details: string][] => {
  const { tools = [], responseFormat, reasoning = 'provider-default' } = options;
  const penalty = 'Use providerOptions.charter.repetition_penalty.';
  const asked: [boolean, string, string][] = [
    [tools.length > 0, 'tools', 'The model is not told of them and calls none.'],
    [
      responseFormat?.type === 'json',
      'responseFormat',
      'The text is not held to JSON: ask for it in the prompt.',
    ],
    [!['provider-default', 'none'].includes(reasoning), 'reasoning', 'Set it in the chat template.'],
    [(options.presencePenalty ?? 0) !== 0, 'presencePenalty', penalty],
    [(options.frequencyPenalty ?? 0) !== 0, 'frequencyPenalty', penalty],
  ];
  return asked.flatMap(([is, feature, details]) => (is ? [[feature, details]] : []));
};

const ownOptions = (given: Readonly<Record<string, unknown>> = {}): Partial<GenerateRequest> => {
  const unknown = Object.keys(given).find(key => !(OWN_OPTIONS as readonly string[]).includes(key));
  if (unknown !== undefined) {
    throw new GenerateError(
      `providerOptions.charter.${unknown} is not known; there are: ${OWN_OPTIONS.join(', ')}.`,
      { field: unknown },
    );
  }
  return given;
};
