import { randomUUID } from 'node:crypto';
import type {
  JSONObject,
  LanguageModelV4,
  LanguageModelV4FinishReason,
  LanguageModelV4StreamPart,
  LanguageModelV4Usage,
} from '@ai-sdk/provider';
import type { Completion, LanguageModel } from '@charter/generate';
import { callRequest } from './call-request.js';

/** Name that warnings, `response` and telemetry of the AI SDK show. */
export const PROVIDER = 'charter';

/**
 * A Charter model as one of the AI SDK: local, behind an endpoint, or any other object with its interface. It stays
 * the caller's to dispose.
 */
export const toAiSdk = (model: LanguageModel): LanguageModelV4 =>
  languageModel(model.name, async () => model);

/**
 * @param open called for each text
 * @param longest most tokens to write where a call does not say; default: the model's own
 */
export const languageModel = (
  modelId: string,
  open: () => Promise<LanguageModel>,
  longest?: number,
): LanguageModelV4 => {
  const response = () => ({ id: randomUUID(), timestamp: new Date(), modelId });
  return {
    specificationVersion: 'v4',
    provider: PROVIDER,
    modelId,
    supportedUrls: {},
    async doGenerate(options) {
      const { request, warnings } = callRequest(options, longest);
      const model = await open();
      const completion = await model.generate(request);
      const { text, reasoning } = completion;
      return {
        content: [
          ...(reasoning ? [{ type: 'reasoning' as const, text: reasoning }] : []),
          { type: 'text', text },
        ],
        ...ending(completion),
        warnings,
        response: response(),
      };
    },
    async doStream(options) {
      const { request, warnings } = callRequest(options, longest);
      const model = await open();
      const gone = new AbortController();
      const signal = AbortSignal.any([gone.signal, ...(request.signal ? [request.signal] : [])]);
      const stream = new ReadableStream<LanguageModelV4StreamPart>({
        start(controller) {
          const send = (part: LanguageModelV4StreamPart) => controller.enqueue(part);
          send({ type: 'stream-start', warnings });
          send({ type: 'response-metadata', ...response() });
          const write = async () => {
            send({ type: 'text-start', id: 'text' });
            const onToken = (delta: string) => send({ type: 'text-delta', id: 'text', delta });
            const completion = await model.generate({ ...request, signal, onToken });
            send({ type: 'text-end', id: 'text' });
            // A model tells its thinking with the whole answer only.
            if (completion.reasoning) {
              send({ type: 'reasoning-start', id: 'reasoning' });
              send({ type: 'reasoning-delta', id: 'reasoning', delta: completion.reasoning });
              send({ type: 'reasoning-end', id: 'reasoning' });
            }
            send({ type: 'finish', ...ending(completion) });
            controller.close();
          };
          write().catch(error => {
            // Nobody reads a stream that was cancelled.
            if (gone.signal.aborted) return;
            if (signal.aborted) return controller.error(error);
            send({ type: 'error', error });
            send({ type: 'finish', finishReason: { unified: 'error', raw: undefined }, usage: usageOf() });
            controller.close();
          });
        },
        cancel: reason => gone.abort(reason),
      });
      return { stream };
    },
  };
};

const FINISH_REASONS = { stop: 'stop', length: 'length', content_filter: 'content-filter' } as const;

/** Reason, usage and log-probabilities of a text that has ended. */
const ending = ({ finish_reason, usage, logprobs }: Completion) => ({
  finishReason: {
    unified: FINISH_REASONS[finish_reason],
    raw: finish_reason,
  } satisfies LanguageModelV4FinishReason,
  // An endpoint that does not count says 0.
  usage: usage.prompt_tokens > 0 ? usageOf(usage.prompt_tokens, usage.completion_tokens) : usageOf(),
  ...(logprobs && { providerMetadata: { [PROVIDER]: { logprobs } as unknown as JSONObject } }),
});

const usageOf = (prompt?: number, completion?: number): LanguageModelV4Usage => ({
  inputTokens: { total: prompt, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: completion, text: undefined, reasoning: undefined },
});
